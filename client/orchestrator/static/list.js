/** @file The list of runs. */

import { make, part, say } from "./dom.js";
import { day, summary } from "./words.js";

/** The runs, the newest first. */
export class RunList {
  constructor() {
    /** @type {Map<string, {run: import("./api.js").Run, item: HTMLElement, word: HTMLElement, link: HTMLElement}>} */
    this.entries = new Map();
    this.list = part("runs");
    this.current = "";
  }

  /** @param {import("./api.js").Run} run */
  put(run) {
    const entry = this.entries.get(run.id) ?? this.add(run);
    const { word, tone } = summary(run);
    entry.run = run;
    entry.item.dataset.tone = tone;
    say(entry.word, word);
  }

  /** @param {import("./api.js").Run} run */
  add(run) {
    const word = make("span", { class: "word" });
    const about = make("span", { class: "about soft small" }, word, make("time", { datetime: run.created }, day(run.created)));
    const link = make("a", { href: `#${run.id}` }, make("span", { class: "name" }, run.title), about);
    const item = make("li", {}, link);
    const entry = { run, item, word, link };
    const later = [...this.entries.values()].filter((other) => other.run.created > run.created).length;
    this.list.insertBefore(item, this.list.children[later] ?? null);
    this.entries.set(run.id, entry);
    this.select(this.current);
    part("no-runs").hidden = true;
    return entry;
  }

  /** @param {string} id */
  drop(id) {
    this.entries.get(id)?.item.remove();
    this.entries.delete(id);
    part("no-runs").hidden = this.entries.size > 0;
  }

  /** @param {import("./api.js").Run[]} runs All that there are. */
  replace(runs) {
    const known = new Set(runs.map((run) => run.id));
    for (const id of [...this.entries.keys()]) if (!known.has(id)) this.drop(id);
    for (const run of runs) this.put(run);
  }

  /** @param {string} id */
  select(id) {
    this.current = id;
    for (const [key, { link }] of this.entries) {
      if (key === id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }
}
