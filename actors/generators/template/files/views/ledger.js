// Money: totals of a month, where it went, and every entry.
import { h, iconButton } from "./lib/dom.js";
import { dateOf, sayDay, today } from "./lib/dates.js";

export function createView(app) {
  const { currency, income } = app.idea.options;
  const style = currency ? { style: "currency", currency } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  const format = new Intl.NumberFormat(undefined, style);
  const money = (amount) => format.format(amount);
  let month = today().slice(0, 7);

  const isIncome = (item) => item.category === income;
  const sum = (items) => items.reduce((total, item) => total + item.amount, 0);

  function move(months) {
    const first = dateOf(`${month}-01`);
    first.setMonth(first.getMonth() + months);
    month = `${first.getFullYear()}-${String(first.getMonth() + 1).padStart(2, "0")}`;
    app.redraw();
  }

  function months() {
    const name = dateOf(`${month}-01`).toLocaleDateString(undefined, { month: "long", year: "numeric" });
    return h(
      "div.months",
      {},
      iconButton("left", "The month before", () => move(-1), "before"),
      h("h2", { "aria-live": "polite" }, name),
      iconButton("right", "The month after", () => move(1), "after"),
    );
  }

  function figures(items) {
    const earned = sum(items.filter(isIncome));
    const spent = sum(items) - earned;
    const figure = (name, amount) => h("div.card", {}, h("dt", {}, name), h("dd", {}, money(amount)));
    return h(
      "dl.figures",
      {},
      figure("Spent", spent),
      earned > 0 && figure("Earned", earned),
      earned > 0 ? figure("Left", earned - spent) : figure("A day", spent / days()),
    );
  }

  function days() {
    if (month === today().slice(0, 7)) return Number(today().slice(8));
    const [year, number] = month.split("-").map(Number);
    return new Date(year, number, 0).getDate();
  }

  function categories(items) {
    const spent = items.filter((item) => !isIncome(item));
    const totals = app
      .field("category")
      .choices.map((name) => [name, sum(spent.filter((item) => item.category === name))]);
    const shown = totals.filter(([, total]) => total > 0).sort((a, b) => b[1] - a[1]);
    const most = shown[0]?.[1] ?? 1;
    const bar = ([name, total]) =>
      h(
        "li",
        {},
        h("span", {}, name),
        h("div.meter", { "aria-hidden": "true" }, h("div", { style: { width: `${(total / most) * 100}%` } })),
        h("span.number", {}, money(total)),
      );
    return shown.length > 0 && h("ul.card.categories", { "aria-label": "By category" }, shown.map(bar));
  }

  function row(item) {
    return h(
      `li${app.isNew(item) ? ".new" : ""}`,
      {},
      h(
        "div.grow",
        {},
        h("strong", { dir: "auto" }, item.name),
        h("p.small.soft", {}, [item.category, item.note, ...app.extras(item)].filter(Boolean).join(" \u00b7 ")),
      ),
      h(
        `span.number.amount${isIncome(item) ? ".earned" : ""}`,
        {},
        `${isIncome(item) ? "+" : ""}${money(item.amount)}`,
      ),
      iconButton("edit", `Edit ${item.name}`, () => app.edit(item), `edit ${item.id}`),
    );
  }

  function list(items) {
    const dates = [...new Set(items.map((item) => item.date))].sort().reverse();
    return dates.map((date) => [
      h("h3.group", {}, sayDay(date)),
      h("ul.card.rows", {}, items.filter((item) => item.date === date).map(row)),
    ]);
  }

  function draw(items) {
    const shown = items.filter((item) => item.date.startsWith(month));
    return h(
      "div",
      {},
      months(),
      figures(shown),
      categories(shown),
      shown.length ? list(shown) : h("p.nothing", {}, "Nothing in this month."),
    );
  }

  return { draw };
}
