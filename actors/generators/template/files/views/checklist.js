// A list to tick off: type and press Enter, filter, clear what is done.
import { h, icon, iconButton } from "./lib/dom.js";
import { daysFromNow, sayDay } from "./lib/dates.js";

const FILTERS = { All: () => true, Open: (item) => !item.done, Done: (item) => item.done };

export function createView(app) {
  let filter = "All";
  const { one } = app.idea.noun;
  const grouped = app.field("group");

  const box = h("input", {
    name: "name",
    "aria-label": `New ${one}`,
    placeholder: `Add ${/^[aeiou]/.test(one) ? "an" : "a"} ${one} and press Enter`,
    required: true,
    maxLength: app.field("name").max,
    autocomplete: "off",
  });
  const quick = h(
    "form.quick",
    { onsubmit: add },
    box,
    h("button", { type: "submit", "aria-label": `Add ${one}` }, icon("add")),
  );
  const filters = h("div.chips", { role: "group", "aria-label": "Show" }, Object.keys(FILTERS).map(chip));

  function chip(name) {
    return h("button", { type: "button", "aria-pressed": String(name === filter), onclick: () => choose(name) }, name);
  }

  function choose(name) {
    filter = name;
    for (const button of filters.children) button.setAttribute("aria-pressed", String(button.textContent === name));
    app.redraw();
  }

  function add(event) {
    event.preventDefault();
    const name = box.value.trim();
    if (!name) return;
    box.value = "";
    app.attempt(() =>
      app.add({ name }).catch((error) => {
        box.value = name;
        throw error;
      }),
    );
  }

  function due(item) {
    if (!item.due) return null;
    const late = !item.done && daysFromNow(item.due) < 0;
    return h(late ? "span.late" : "span", {}, late ? `${sayDay(item.due)}, overdue` : sayDay(item.due));
  }

  function row(item) {
    const id = `c-${item.id}`;
    const details = [item.amount, due(item), item.note, ...app.extras(item)].filter(Boolean);
    return h(
      `li${item.done ? ".done" : ""}${app.isNew(item) ? ".new" : ""}`,
      {},
      h("input.tick", {
        type: "checkbox",
        id,
        checked: item.done,
        data: { key: id },
        onchange: () => app.attempt(() => app.change(item, { done: !item.done })),
      }),
      h(
        "label.grow",
        { htmlFor: id },
        h("span.name", { dir: "auto" }, item.name),
        details.length > 0 &&
          h(
            "span.details.small.soft",
            {},
            details.map((detail) => h("span", {}, detail)),
          ),
      ),
      iconButton("edit", `Edit ${item.name}`, () => app.edit(item), `edit ${item.id}`),
    );
  }

  const order = (items) => [...items].sort((a, b) => a.done - b.done || (a.due || "9").localeCompare(b.due || "9"));

  function groups(items) {
    if (!grouped) return [["", items]];
    const names = [...grouped.choices, ""];
    return names
      .map((name) => [name || "Anywhere", items.filter((item) => (item.group || "") === name)])
      .filter(([, members]) => members.length);
  }

  function clear(done) {
    const restore = async () => {
      for (const item of done) await app.add(app.valuesOf(item));
    };
    app.attempt(async () => {
      for (const item of done) await app.remove(item);
      app.say(`${done.length} done and gone.`, { text: "Undo", run: restore });
    });
  }

  function draw(items) {
    const done = items.filter((item) => item.done);
    const shown = order(items.filter(FILTERS[filter]));
    const lists = groups(shown).map(([name, members]) => [
      name && h("h2.group", {}, name),
      h("ul.card.rows", {}, members.map(row)),
    ]);
    return h(
      "div",
      {},
      h(
        "div.progress",
        {},
        h(
          "div.meter",
          {
            role: "progressbar",
            "aria-label": "Done",
            "aria-valuemin": 0,
            "aria-valuemax": items.length,
            "aria-valuenow": done.length,
          },
          h("div", { style: { width: `${(done.length / items.length) * 100}%` } }),
        ),
        h("span.small.soft.number", {}, `${done.length} of ${items.length} done`),
        done.length > 0 && h("button.clear", { type: "button", onclick: () => clear(done) }, "Clear done"),
      ),
      shown.length ? lists : h("p.nothing", {}, filter === "Done" ? "Nothing is done yet." : "All done. Well done."),
    );
  }

  return { draw, toolbar: h("div.bar", {}, quick, filters) };
}
