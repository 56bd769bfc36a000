// A board: columns to move through, by dragging or with the arrows on each card.
import { h, icon, iconButton } from "./lib/dom.js";

const WEIGHT = { High: 0, Normal: 1, Low: 2 };

export function createView(app) {
  const name = app.idea.options.column;
  const columns = app.field(name).choices;
  let wanted = "";
  const box = h("input", {
    type: "search",
    "aria-label": `Search ${app.idea.noun.many}`,
    placeholder: "Search",
    oninput: () => {
      wanted = box.value.trim().toLowerCase();
      app.redraw();
    },
  });

  const move = (item, column) => column !== item[name] && app.attempt(() => app.change(item, { [name]: column }));

  function arrow(item, step) {
    const column = columns[columns.indexOf(item[name]) + step];
    return (
      column &&
      iconButton(
        step < 0 ? "left" : "right",
        `Move ${item.title} to ${column}`,
        () => move(item, column),
        `${step} ${item.id}`,
      )
    );
  }

  function card(item) {
    return h(
      `li.card.ticket${app.isNew(item) ? ".new" : ""}`,
      {
        draggable: true,
        ondragstart: (event) => {
          event.dataTransfer.setData("text/plain", item.id);
          event.dataTransfer.effectAllowed = "move";
        },
      },
      h("h3", { dir: "auto" }, item.title),
      item.notes && h("p.small.soft.lines", { dir: "auto" }, item.notes),
      app.extras(item).map((text) => h("p.small", { dir: "auto" }, text)),
      h(
        "div.foot",
        {},
        item.priority &&
          item.priority !== "Normal" &&
          h(`span.tag${item.priority === "High" ? ".high" : ""}`, {}, item.priority),
        h("span.space"),
        arrow(item, -1),
        arrow(item, 1),
        iconButton("edit", `Edit ${item.title}`, () => app.edit(item), `edit ${item.id}`),
      ),
    );
  }

  function drop(event, column, lane) {
    event.preventDefault();
    lane.classList.remove("over");
    const item = app.items.find(({ id }) => id === event.dataTransfer.getData("text/plain"));
    if (item) move(item, column);
  }

  function lane(column, items) {
    const members = items
      .filter((item) => item[name] === column)
      .sort((a, b) => (WEIGHT[a.priority] ?? 1) - (WEIGHT[b.priority] ?? 1));
    const section = h(
      "section.lane",
      {
        ondragover: (event) => {
          event.preventDefault();
          section.classList.add("over");
        },
        ondragleave: (event) => section.contains(event.relatedTarget) || section.classList.remove("over"),
        ondrop: (event) => drop(event, column, section),
      },
      h("h2", {}, column, h("span.count.number", {}, `${members.length}`)),
      h("ul", {}, members.map(card)),
      h(
        "button.more",
        { type: "button", "aria-label": `Add to ${column}`, onclick: () => app.compose({ [name]: column }) },
        icon("add"),
        "Add",
      ),
    );
    return section;
  }

  function draw(items) {
    const found = items.filter((item) => `${item.title} ${item.notes}`.toLowerCase().includes(wanted));
    return h(
      "div.lanes",
      {},
      columns.map((column) => lane(column, found)),
    );
  }

  return { draw, toolbar: h("div.search", {}, icon("search"), box) };
}
