// A collection: cards with ratings and tags; search, one status, one tag, and an order.
import { h, icon, iconButton } from "./lib/dom.js";

const ORDERS = {
  Newest: (a, b) => b.created.localeCompare(a.created),
  "By name": (a, b) => a.title.localeCompare(b.title),
  "Best first": (a, b) => (b.rating ?? 0) - (a.rating ?? 0),
};

/** A number from a text, always the same: the colour of a card without a picture. */
const shade = (text) => [...text].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 997, 7);

export function createView(app) {
  const state = { wanted: "", status: "", tag: "", order: "Newest" };
  const status = app.field("status");
  const rated = app.field("rating");
  const set = (change) => {
    Object.assign(state, change);
    app.redraw();
  };

  const box = h("input", {
    type: "search",
    "aria-label": `Search ${app.idea.noun.many}`,
    placeholder: "Search",
    oninput: () => set({ wanted: box.value.trim().toLowerCase() }),
  });
  const orders = Object.keys(ORDERS).filter((name) => rated || name !== "Best first");
  const order = h(
    "select",
    { "aria-label": "Order", onchange: () => set({ order: order.value }) },
    orders.map((name) => h("option", {}, name)),
  );

  function chips(items) {
    const tags = [...new Set(items.flatMap((item) => item.tags ?? []))].sort();
    if (!tags.includes(state.tag)) state.tag = "";
    const chip = (name, part) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(state[part] === name),
          data: { key: `${part} ${name}` },
          onclick: () => set({ [part]: state[part] === name ? "" : name }),
        },
        part === "tag" ? `# ${name}` : name,
      );
    return h(
      "div.chips",
      { role: "group", "aria-label": "Show only" },
      (status?.choices ?? []).map((name) => chip(name, "status")),
      tags.map((name) => chip(name, "tag")),
    );
  }

  function fits(item) {
    const text = [item.title, item.by, item.notes, ...(item.ingredients ?? []), ...(item.tags ?? [])].join(" ").toLowerCase();
    return (
      text.includes(state.wanted) &&
      (!state.status || item.status === state.status) &&
      (!state.tag || item.tags?.includes(state.tag))
    );
  }

  function stars(item) {
    if (!item.rating) return null;
    return h(
      "span.rating",
      { role: "img", "aria-label": `${item.rating} of 5` },
      Array.from({ length: 5 }, (_, number) => {
        const star = icon("star");
        star.classList.toggle("full", number < item.rating);
        return star;
      }),
    );
  }

  function link(kind, value) {
    return value && h("p.small", {}, h("a", { href: `${kind}:${value}` }, value));
  }

  function thing(item) {
    const number = shade(item.title);
    return h(
      `li.card.thing${app.isNew(item) ? ".new" : ""}`,
      {},
      h(
        "div.cover",
        { "aria-hidden": "true", style: { "--turn": `${(number % 80) - 40}`, "--lean": `${number % 180}deg` } },
        [...item.title][0].toUpperCase(),
      ),
      h(
        "div.text",
        {},
        h(
          "div.head",
          {},
          h("h3.grow", { dir: "auto" }, item.title),
          iconButton("edit", `Edit ${item.title}`, () => app.edit(item), `edit ${item.id}`),
        ),
        (item.by || item.minutes) &&
          h(
            "p.soft.small",
            { dir: "auto" },
            [item.by, item.minutes && `${item.minutes} minutes`].filter(Boolean).join(" \u00b7 "),
          ),
        app.extras(item).map((text) => h("p.small", { dir: "auto" }, text)),
        link("tel", item.phone),
        link("mailto", item.email),
        stars(item),
        item.ingredients?.length > 0 && h("p.small.lines", {}, item.ingredients.join(", ")),
        item.notes && h("p.small.lines", { dir: "auto" }, item.notes),
        h(
          "div.tags",
          {},
          item.status && h("span.tag.status", {}, item.status),
          item.tags?.map((name) => h("span.tag", {}, name)),
        ),
      ),
    );
  }

  function draw(items) {
    const shown = chips(items);
    const found = items.filter(fits).sort(ORDERS[state.order]);
    return h(
      "div",
      {},
      shown,
      found.length ? h("ul.things", {}, found.map(thing)) : h("p.nothing", {}, "Nothing like that here."),
    );
  }

  return { draw, toolbar: h("div.bar", {}, h("div.search", {}, icon("search"), box), h("div.order", {}, order)) };
}
