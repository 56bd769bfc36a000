// Notes: cards with search and tags; what is pinned comes first.
import { h, icon, iconButton } from "./lib/dom.js";
import { dayOf, sayDay } from "./lib/dates.js";

const SHOWN = 320;

export function createView(app) {
  let wanted = "";
  let tag = "";
  const pins = app.field("pinned");
  const box = h("input", {
    type: "search",
    "aria-label": `Search ${app.idea.noun.many}`,
    placeholder: "Search",
    oninput: () => {
      wanted = box.value.trim().toLowerCase();
      app.redraw();
    },
  });

  const textOf = (item) => [item.title, item.body, item.mood, ...(item.tags ?? [])].join(" ").toLowerCase();
  const dayFor = (item) => item.date || dayOf(new Date(item.updated));
  const order = (a, b) => Boolean(b.pinned) - Boolean(a.pinned) || dayFor(b).localeCompare(dayFor(a));

  function chips(items) {
    const tags = [...new Set(items.flatMap((item) => item.tags ?? []))].sort();
    if (!tags.includes(tag)) tag = "";
    const chip = (name) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(tag === name),
          data: { key: `tag ${name}` },
          onclick: () => {
            tag = tag === name ? "" : name;
            app.redraw();
          },
        },
        name,
      );
    return tags.length > 0 && h("div.chips", { role: "group", "aria-label": "Tags" }, tags.map(chip));
  }

  function pin(item) {
    const button = iconButton(
      "pin",
      item.pinned ? `Unpin ${item.title}` : `Pin ${item.title}`,
      () => app.attempt(() => app.change(item, { pinned: !item.pinned })),
      `pin ${item.id}`,
    );
    button.setAttribute("aria-pressed", String(item.pinned));
    return button;
  }

  function note(item) {
    const text = item.body?.length > SHOWN ? `${item.body.slice(0, SHOWN)}\u2026` : item.body;
    return h(
      `li.card.note${item.pinned ? ".pinned" : ""}${app.isNew(item) ? ".new" : ""}`,
      {},
      h(
        "div.head",
        {},
        h("h3.grow", { dir: "auto" }, item.title),
        pins && pin(item),
        iconButton("edit", `Edit ${item.title}`, () => app.edit(item), `edit ${item.id}`),
      ),
      text && h("p.body", { dir: "auto" }, text),
      app.extras(item).map((said) => h("p.small", { dir: "auto" }, said)),
      h(
        "div.foot.small.soft",
        {},
        h("span", {}, [sayDay(dayFor(item)), item.mood].filter(Boolean).join(" \u00b7 ")),
        item.tags?.map((name) => h("span.tag", {}, name)),
      ),
    );
  }

  function draw(items) {
    const tags = chips(items);
    const found = items
      .filter((item) => textOf(item).includes(wanted) && (!tag || item.tags?.includes(tag)))
      .sort(order);
    return h(
      "div",
      {},
      tags,
      found.length ? h("ul.notes", {}, found.map(note)) : h("p.nothing", {}, "Nothing like that here."),
    );
  }

  return { draw, toolbar: h("div.search", {}, icon("search"), box) };
}
