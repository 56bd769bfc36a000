/** @file The messages of a run, in the order in which they came. */

import { icon, make, part } from "./dom.js";
import { clock, MESSAGE } from "./words.js";

const KEPT = 1000;
const NEAR = 60;
const SETTLE_MS = 800;
const LATE = "It is older than one that came before it, or came after the last.";
const REPEATED = "The same message came before: its answer may have been lost on the way.";

/** The list of messages, which stays at its end unless somebody reads further up. */
export class Messages {
  constructor() {
    this.list = part("messages");
    this.newest = part("newest");
    this.none = part("no-messages");
    this.timer = 0;
    this.list.addEventListener("scroll", () => {
      if (this.atEnd()) this.newest.hidden = true;
    });
    this.newest.addEventListener("click", () => this.toEnd());
  }

  /** Begins anew. What is there already is not announced, what comes is. */
  clear() {
    window.clearTimeout(this.timer);
    this.list.setAttribute("aria-live", "off");
    this.list.replaceChildren();
    this.newest.hidden = true;
    this.none.hidden = false;
    this.timer = window.setTimeout(() => this.list.setAttribute("aria-live", "polite"), SETTLE_MS);
  }

  /** @param {import("./api.js").Message} message */
  add(message) {
    const stay = this.atEnd();
    this.none.hidden = true;
    this.list.append(item(message));
    if (this.list.childElementCount > KEPT) this.list.firstElementChild?.remove();
    if (stay) this.toEnd();
    else this.newest.hidden = false;
  }

  atEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR;
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
    this.newest.hidden = true;
  }
}

/** @param {import("./api.js").Message} message */
function item(message) {
  const { word, icon: path } = MESSAGE[message.type] ?? MESSAGE.status;
  const head = make("p", { class: "kind" }, make("span", { class: "type" }, word));
  if (message.late) head.append(make("span", { class: "badge", title: LATE }, "late"));
  if (message.repeated) head.append(make("span", { class: "badge", title: REPEATED }, "repeated"));
  head.append(make("time", { datetime: message.timestamp, title: message.timestamp }, clock(message.timestamp)));
  const content = make("p", { class: "content" }, message.content);
  const mark = make("span", { class: "mark" }, icon(path));
  return make("li", { "data-type": message.type, "data-number": String(message.number) }, mark, make("div", { class: "said" }, head, content));
}
