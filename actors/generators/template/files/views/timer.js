// A timer: choose how long, do one thing, keep the session.
import { h, icon, iconButton, svg } from "./lib/dom.js";
import { sayDay, today } from "./lib/dates.js";

const AROUND = 2 * Math.PI * 54;

export function createView(app) {
  const presets = app.idea.options.presets.map(Number);
  let minutes = presets.includes(25) ? 25 : presets[0];
  let left = minutes * 60;
  let ends = null;
  let ticking = null;

  const box = h("input", {
    "aria-label": app.field("name").label,
    placeholder: "What are you working on?",
    maxLength: app.field("name").max,
  });
  const ring = svg("circle", { cx: 60, cy: 60, r: 54, class: "ring", "stroke-dasharray": AROUND });
  const time = h("span.time.number", { role: "timer" });
  const start = h("button.primary", { type: "button", onclick: () => (ends ? pause() : run()) });
  const reset = h("button", { type: "button", onclick: again }, icon("back"), "Reset");
  const chips = h(
    "div.chips",
    { role: "group", "aria-label": "Minutes" },
    presets.map((preset) =>
      h(
        "button",
        { type: "button", data: { minutes: String(preset) }, onclick: () => choose(preset) },
        `${preset} min`,
      ),
    ),
  );
  const title = document.title;

  function show() {
    const shown = `${String(Math.floor(left / 60)).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}`;
    time.textContent = shown;
    ring.setAttribute("stroke-dashoffset", AROUND * (1 - left / (minutes * 60)));
    start.replaceChildren(icon(ends ? "pause" : "play"), ends ? "Pause" : left < minutes * 60 ? "Go on" : "Start");
    reset.disabled = !ends && left === minutes * 60;
    document.title = ends ? `${shown} \u00b7 ${title}` : title;
    for (const chip of chips.children)
      chip.setAttribute("aria-pressed", String(Number(chip.dataset.minutes) === minutes));
  }

  function run() {
    // Counting ticks would fall behind in a window that nobody looks at.
    ends = Date.now() + left * 1000;
    ticking = setInterval(tick, 250);
    show();
  }

  function tick() {
    left = Math.max(0, Math.round((ends - Date.now()) / 1000));
    if (left === 0) finish();
    else show();
  }

  function pause() {
    clearInterval(ticking);
    ends = null;
    show();
  }

  function again() {
    pause();
    left = minutes * 60;
    show();
  }

  function choose(preset) {
    minutes = preset;
    again();
  }

  function finish() {
    const session = { name: box.value.trim() || "Focus", minutes, date: today() };
    again();
    app.attempt(async () => {
      await app.add(session);
      app.say(`Time is up: ${session.name}, ${session.minutes} minutes.`);
    });
  }

  const dial = h(
    "section.card.dial",
    {},
    h(
      "div.face",
      {},
      svg(
        "svg",
        { viewBox: "0 0 120 120", "aria-hidden": "true" },
        svg("circle", { cx: 60, cy: 60, r: 54, class: "track" }),
        ring,
      ),
      time,
    ),
    h("div.controls", {}, box, chips, h("div.bar", {}, start, reset)),
  );

  function row(item) {
    return h(
      `li${app.isNew(item) ? ".new" : ""}`,
      {},
      h(
        "div.grow",
        {},
        h("strong", { dir: "auto" }, item.name),
        h("p.small.soft", { dir: "auto" }, [item.note, ...app.extras(item)].filter(Boolean).join(" \u00b7 ")),
      ),
      h("span.number.soft", {}, `${item.minutes} min`),
      iconButton("edit", `Edit ${item.name}`, () => app.edit(item), `edit ${item.id}`),
    );
  }

  function day(items, date) {
    const members = items.filter((item) => item.date === date);
    const total = members.reduce((sum, item) => sum + item.minutes, 0);
    return [h("h2.group", {}, `${sayDay(date)} \u00b7 ${total} minutes`), h("ul.card.rows", {}, members.map(row))];
  }

  function draw(items) {
    const dates = [...new Set(items.map((item) => item.date))].sort().reverse();
    const none = h("p.nothing", {}, "Finished sessions are listed here. You can also add one by hand.");
    return h("div", {}, dates.length ? dates.map((date) => day(items, date)) : none);
  }

  show();
  return { draw, toolbar: dial, always: true, close: pause };
}
