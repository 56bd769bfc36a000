// Measurements: the newest, the average, how it changed, and a line through all of them.
import { h, iconButton, svg } from "./lib/dom.js";
import { dateOf, daysFromNow, sayDay } from "./lib/dates.js";

const RANGES = { Month: 30, Quarter: 91, Year: 365, All: Infinity };
const WIDTH = 640;
const HEIGHT = 220;
const PAD = { left: 56, right: 14, top: 16, bottom: 30 };

export function createView(app) {
  const { unit } = app.idea.options;
  const format = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
  const say = (value) => `${format.format(value)}${unit ? ` ${unit}` : ""}`;
  let range = "";

  const ranges = h(
    "div.chips",
    { role: "group", "aria-label": "How far back" },
    Object.keys(RANGES).map((name) =>
      h("button", { type: "button", onclick: () => choose(name) }, name),
    ),
  );

  function choose(name) {
    range = name;
    app.redraw();
  }

  const within = (items, name) => items.filter((item) => daysFromNow(item.date) > -RANGES[name]);

  /** What was chosen, and until then the shortest time that has something in it. */
  function shownRange(items) {
    return range || (Object.keys(RANGES).find((name) => within(items, name).length > 0) ?? "Month");
  }

  const byDay = (items) =>
    [...items].sort((a, b) => a.date.localeCompare(b.date) || a.created.localeCompare(b.created));

  function figures(points) {
    const values = points.map((item) => item.value);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const change = values.at(-1) - values[0];
    const figure = (name, value) => h("div.card", {}, h("dt", {}, name), h("dd", {}, value));
    return h(
      "dl.figures",
      {},
      figure("Latest", say(values.at(-1))),
      figure("Average", say(mean)),
      figure("Change", `${change > 0 ? "+" : ""}${say(change)}`),
    );
  }

  /** Whole steps that make three to six lines across the chart. */
  function steps(low, high) {
    const rough = (high - low || 1) / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
    const first = Math.floor(low / step) * step;
    const count = Math.max(1, Math.ceil((high - first) / step));
    return Array.from({ length: count + 1 }, (_, number) => first + number * step);
  }

  function chart(points) {
    const values = points.map((item) => item.value);
    const lines = steps(Math.min(...values), Math.max(...values));
    const [from, to] = [dateOf(points[0].date).getTime(), dateOf(points.at(-1).date).getTime()];
    const x = (item) => PAD.left + ((dateOf(item.date) - from) / (to - from || 1)) * (WIDTH - PAD.left - PAD.right);
    const y = (value) =>
      HEIGHT - PAD.bottom - ((value - lines[0]) / (lines.at(-1) - lines[0])) * (HEIGHT - PAD.top - PAD.bottom);
    const path = points
      .map((item, number) => `${number ? "L" : "M"}${x(item).toFixed(1)} ${y(item.value).toFixed(1)}`)
      .join("");
    const floor = y(lines[0]);
    const label = (text, attributes) => svg("text", { class: "axis", ...attributes }, text);
    const across = (value) => [
      svg("line", { class: "across", x1: PAD.left, x2: WIDTH - PAD.right, y1: y(value), y2: y(value) }),
      label(format.format(value), { x: PAD.left - 8, y: y(value) + 4, "text-anchor": "end" }),
    ];
    const drawing = svg(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: "img",
        "aria-label": `From ${say(values[0])} to ${say(values.at(-1))}`,
      },
      ...lines.flatMap(across),
      svg("path", { class: "area", d: `${path}L${x(points.at(-1))} ${floor}L${x(points[0])} ${floor}Z` }),
      svg("path", { class: "line", d: path }),
      ...points.map((item) =>
        svg("circle", { class: "point", cx: x(item), cy: y(item.value), r: points.length > 60 ? 0 : 4 }),
      ),
      label(sayDay(points[0].date), { x: PAD.left, y: HEIGHT - 6 }),
      label(sayDay(points.at(-1).date), { x: WIDTH - PAD.right, y: HEIGHT - 6, "text-anchor": "end" }),
    );
    return h("figure.card.chart", {}, drawing);
  }

  function row(item) {
    return h(
      `li${app.isNew(item) ? ".new" : ""}`,
      {},
      h("strong.number.value", {}, say(item.value)),
      h("div.grow", {}, h("span", {}, sayDay(item.date)), h("p.small.soft", { dir: "auto" }, [item.note, ...app.extras(item)].filter(Boolean).join(" \u00b7 "))),
      iconButton("edit", `Edit ${say(item.value)}, ${sayDay(item.date)}`, () => app.edit(item), `edit ${item.id}`),
    );
  }

  function draw(items) {
    const shown = shownRange(items);
    for (const chip of ranges.children) chip.setAttribute("aria-pressed", String(chip.textContent === shown));
    const points = byDay(within(items, shown));
    if (!points.length) return h("p.nothing", {}, "Nothing in this time.");
    return h(
      "div",
      {},
      figures(points),
      points.length > 1 && chart(points),
      h("ul.card.rows", {}, [...points].reverse().map(row)),
    );
  }

  return { draw, toolbar: ranges };
}
