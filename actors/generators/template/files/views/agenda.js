// An agenda: a month to look around in, and what comes, day by day.
import { h, iconButton } from "./lib/dom.js";
import { dateOf, dayOf, daysFromNow, sayDay, shift, today, weekday } from "./lib/dates.js";

const MONDAY = 1;

export function createView(app) {
  let month = today().slice(0, 7);
  let chosen = "";

  function move(months) {
    const first = dateOf(`${month}-01`);
    first.setMonth(first.getMonth() + months);
    month = dayOf(first).slice(0, 7);
    app.redraw();
  }

  function said(day, count) {
    const { one, many } = app.idea.noun;
    const name = dateOf(day).toLocaleDateString(undefined, { day: "numeric", month: "long" });
    return count ? `${name}, ${count} ${count === 1 ? one : many}` : name;
  }

  function cell(day, items) {
    const count = items.filter((item) => item.date === day).length;
    const classes = [day.startsWith(month) ? "" : ".other", day === today() ? ".today" : "", count ? ".busy" : ""].join(
      "",
    );
    return h(
      `button.cell${classes}`,
      {
        type: "button",
        "aria-pressed": String(day === chosen),
        "aria-label": said(day, count),
        data: { key: `day ${day}` },
        onclick: () => {
          chosen = chosen === day ? "" : day;
          app.redraw();
        },
      },
      `${Number(day.slice(8))}`,
    );
  }

  function calendar(items) {
    const first = dateOf(`${month}-01`);
    const start = shift(`${month}-01`, -((first.getDay() - MONDAY + 7) % 7));
    const days = Array.from({ length: 42 }, (_, number) => shift(start, number));
    const name = first.toLocaleDateString(undefined, { month: "long", year: "numeric" });
    return h(
      "section.card.calendar",
      { "aria-label": name },
      h(
        "div.months",
        {},
        iconButton("left", "The month before", () => move(-1), "before"),
        h("h2", { "aria-live": "polite" }, name),
        iconButton("right", "The month after", () => move(1), "after"),
      ),
      h(
        "div.grid",
        {},
        days.slice(0, 7).map((day) => h("span.small.soft", { "aria-hidden": "true" }, weekday(day, "narrow"))),
        days.map((day) => cell(day, items)),
      ),
    );
  }

  function row(item) {
    return h(
      `li${app.isNew(item) ? ".new" : ""}`,
      {},
      h("span.time.number", {}, item.time || "All day"),
      h(
        "div.grow",
        {},
        h("strong", { dir: "auto" }, item.name),
        h(
          "p.small.soft",
          { dir: "auto" },
          [item.place, item.notes, ...app.extras(item)].filter(Boolean).join(" \u00b7 "),
        ),
      ),
      iconButton("edit", `Edit ${item.name}`, () => app.edit(item), `edit ${item.id}`),
    );
  }

  function distance(day) {
    const days = daysFromNow(day);
    return days > 1 ? ` \u00b7 in ${days} days` : "";
  }

  function list(items) {
    const dates = [...new Set(items.map((item) => item.date))].sort();
    const byTime = (a, b) => (a.time || "").localeCompare(b.time || "");
    return dates.map((day) => [
      h("h3.group", {}, `${sayDay(day)}${distance(day)}`),
      h(
        "ul.card.rows",
        {},
        items
          .filter((item) => item.date === day)
          .sort(byTime)
          .map(row),
      ),
    ]);
  }

  function days(items) {
    if (chosen) {
      const found = items.filter((item) => item.date === chosen);
      return [
        found.length ? list(found) : h("p.nothing", {}, `Nothing on ${sayDay(chosen)}.`),
        h(
          "button.onday",
          { type: "button", onclick: () => app.compose({ date: chosen }) },
          `Add ${app.idea.noun.one} on this day`,
        ),
      ];
    }
    const coming = items.filter((item) => item.date >= today());
    const past = items.filter((item) => item.date < today());
    return [
      coming.length ? list(coming) : h("p.nothing", {}, "Nothing is coming up."),
      past.length > 0 && h("details.past", {}, h("summary", {}, `Past (${past.length})`), list(past).reverse()),
    ];
  }

  return { draw: (items) => h("div.agenda", {}, calendar(items), h("div", {}, days(items))) };
}
