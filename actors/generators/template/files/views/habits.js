// Habits: the last seven days of each, and how long its streak is.
import { h, icon, iconButton } from "./lib/dom.js";
import { daysFromNow, sayDay, shift, today, weekday } from "./lib/dates.js";

const WEEK = 7;

/** How many days in a row, up to today; today may still be open. */
export function streak(days, from = today()) {
  const done = new Set(days);
  let day = done.has(from) ? from : shift(from, -1);
  let length = 0;
  for (; done.has(day); day = shift(day, -1)) length += 1;
  return length;
}

export function createView(app) {
  function toggle(item, day) {
    const done = new Set(item.days);
    if (!done.delete(day)) done.add(day);
    app.attempt(() => app.change(item, { days: [...done].sort() }));
  }

  function dot(item, day) {
    const done = item.days.includes(day);
    return h(
      "button.day",
      {
        type: "button",
        "aria-pressed": String(done),
        "aria-label": `${item.name}, ${sayDay(day)}`,
        data: { key: `${item.id} ${day}` },
        onclick: () => toggle(item, day),
      },
      h("span", {}, weekday(day, "narrow")),
      done ? icon("check") : h("b.number", {}, Number(day.slice(8))),
    );
  }

  function habit(item, week) {
    const length = streak(item.days);
    const done = week.filter((day) => item.days.includes(day)).length;
    const goal = item.goal ?? WEEK;
    const says = [
      done >= goal ? `Goal reached: ${done} of ${goal} days` : `${done} of ${goal} days this week`,
      item.note,
      ...app.extras(item),
    ];
    return h(
      `li.card.habit${app.isNew(item) ? ".new" : ""}`,
      {},
      h(
        "div.about",
        {},
        h(
          "div.grow",
          {},
          h("h3", { dir: "auto" }, item.name),
          h("p.soft.small", {}, says.filter(Boolean).join(" \u00b7 ")),
        ),
        length > 1 &&
          h(
            "span.streak",
            { title: `${length} days in a row` },
            icon("flame"),
            h("span.number", {}, `${length}`),
            h("span.unseen", {}, " days in a row"),
          ),
        iconButton("edit", `Edit ${item.name}`, () => app.edit(item), `edit ${item.id}`),
      ),
      h(
        "div.week",
        { role: "group", "aria-label": `The last ${WEEK} days of ${item.name}` },
        week.map((day) => dot(item, day)),
      ),
    );
  }

  function summary(items) {
    const now = items.filter((item) => item.days.includes(today())).length;
    const longest = Math.max(0, ...items.map((item) => streak(item.days)));
    const month = items.flatMap((item) => item.days).filter((day) => daysFromNow(day) > -30).length;
    const figure = (name, value) => h("div.card", {}, h("dt", {}, name), h("dd", {}, value));
    return h(
      "dl.figures",
      {},
      figure("Done today", `${now} of ${items.length}`),
      figure("Longest streak", `${longest} ${longest === 1 ? "day" : "days"}`),
      figure("In 30 days", `${month}`),
    );
  }

  function draw(items) {
    const week = Array.from({ length: WEEK }, (_, number) => shift(today(), number - WEEK + 1));
    return h(
      "div",
      {},
      summary(items),
      h(
        "ul.habits",
        {},
        items.map((item) => habit(item, week)),
      ),
    );
  }

  return { draw };
}
