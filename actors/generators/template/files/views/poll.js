// Polls: a question, its answers, and a bar for each. The server counts.
import { h, icon, iconButton } from "./lib/dom.js";

export function createView(app) {
  // Which answer was given here, until the page is left: who votes is not known, so this is a courtesy and no guard.
  const given = new Map();

  const votesFor = (item, option) => (Object.hasOwn(item.votes, option) ? item.votes[option] : 0);

  function vote(item, option) {
    given.set(item.id, option);
    app.attempt(() =>
      app.count(item, "votes", option).catch((error) => {
        given.delete(item.id);
        throw error;
      }),
    );
  }

  function answer(item, option, most, total) {
    const votes = votesFor(item, option);
    const share = total ? Math.round((votes / total) * 100) : 0;
    const mine = given.get(item.id) === option;
    const leads = votes > 0 && votes === most;
    return h(
      "li",
      {},
      h(
        `button.answer${leads ? ".leads" : ""}`,
        {
          type: "button",
          disabled: given.has(item.id),
          "aria-label": `Vote for ${option}: ${votes} of ${total} votes`,
          data: { key: `${item.id} ${option}` },
          onclick: () => vote(item, option),
        },
        h("span.fill", { "aria-hidden": "true", style: { width: `${share}%` } }),
        h("span.grow", { dir: "auto" }, option),
        mine && icon("check"),
        h("span.number", {}, `${share}%`),
      ),
    );
  }

  function poll(item) {
    const counts = item.options.map((option) => votesFor(item, option));
    const total = counts.reduce((sum, count) => sum + count, 0);
    return h(
      `li.card.poll${app.isNew(item) ? ".new" : ""}`,
      {},
      h(
        "div.head",
        {},
        h("h2.grow", { dir: "auto" }, item.question),
        iconButton("edit", `Edit ${item.question}`, () => app.edit(item), `edit ${item.id}`),
      ),
      app.extras(item).map((text) => h("p.small.soft", { dir: "auto" }, text)),
      h(
        "ul.answers",
        {},
        item.options.map((option) => answer(item, option, Math.max(...counts), total)),
      ),
      h(
        "div.bar.small.soft",
        {},
        h("span", {}, total === 1 ? "1 vote" : `${total} votes`),
        given.has(item.id) &&
          h(
            "button.again",
            {
              type: "button",
              onclick: () => {
                given.delete(item.id);
                app.redraw();
              },
            },
            "Next voter",
          ),
      ),
    );
  }

  return { draw: (items) => h("ul.polls", {}, items.map(poll)) };
}
