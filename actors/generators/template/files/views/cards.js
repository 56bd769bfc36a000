// Flashcards: one at a time to learn from, the least known first, and all of them to look after.
import { h, icon, iconButton } from "./lib/dom.js";

const KNOWN = 5;

export function createView(app) {
  let turned = false;
  let current = null;

  const least = (items) => [...items].sort((a, b) => a.known - b.known || a.updated.localeCompare(b.updated))[0];

  function turn() {
    turned = !turned;
    app.redraw();
  }

  function judge(item, right) {
    turned = false;
    const others = app.items.filter((other) => other.id !== item.id);
    current = least(others)?.id ?? item.id;
    app.attempt(() => app.change(item, { known: right ? Math.min(KNOWN, item.known + 1) : 0 }));
  }

  function study(items) {
    const item = items.find(({ id }) => id === current) ?? least(items);
    current = item.id;
    const face = h(
      `button.face${turned ? ".turned" : ""}`,
      { type: "button", data: { key: "face" }, onclick: turn },
      h("span.small.soft", {}, turned ? item.front : "Do you know it?"),
      h("span.says", { dir: "auto" }, turned ? item.back : item.front),
      h("span.small.soft", {}, turned ? "" : "Press to turn"),
    );
    const verdict = h(
      "div.verdict",
      {},
      h(
        "button",
        { type: "button", disabled: !turned, data: { key: "again" }, onclick: () => judge(item, false) },
        icon("back"),
        "Again",
      ),
      h(
        "button.primary",
        { type: "button", disabled: !turned, data: { key: "knew" }, onclick: () => judge(item, true) },
        icon("check"),
        "Knew it",
      ),
    );
    return h("section.study", { "aria-label": "Learn", "aria-live": "polite" }, face, verdict);
  }

  function level(item) {
    return h(
      "span.level",
      { role: "img", "aria-label": `Known ${item.known} of ${KNOWN}` },
      Array.from({ length: KNOWN }, (_, number) => h(number < item.known ? "i.full" : "i")),
    );
  }

  function row(item) {
    return h(
      `li${app.isNew(item) ? ".new" : ""}`,
      {},
      h("div.grow", {}, h("strong", { dir: "auto" }, item.front), h("p.small.soft", { dir: "auto" }, [item.back, ...app.extras(item)].join(" \u00b7 "))),
      h(
        "div.tags",
        {},
        item.tags?.map((name) => h("span.tag", {}, name)),
      ),
      level(item),
      iconButton("edit", `Edit ${item.front}`, () => app.edit(item), `edit ${item.id}`),
    );
  }

  function draw(items) {
    const known = items.filter((item) => item.known >= KNOWN).length;
    return h(
      "div",
      {},
      study(items),
      h(
        "h2.group",
        {},
        `${items.length} ${items.length === 1 ? app.idea.noun.one : app.idea.noun.many}, ${known} well known`,
      ),
      h("ul.card.rows", {}, items.map(row)),
    );
  }

  return { draw };
}
