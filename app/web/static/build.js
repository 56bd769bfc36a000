/** @file The page of a build's app: shows it, and says in words why it is not there. */

import { isFinal, Refusal } from "./api.js";
import { answers, BuildApi } from "./build.api.js";
import { follow, patiently } from "./follow.js";
import { FramePage, part } from "./frame.page.js";
import { Session } from "./session.js";

const SETTLE_MS = 200;
const AWAITED_MS = 1500;
const SHOWN_MS = 10_000;
const WORDS = {
  queued: ["Waiting", "This build waits for its turn"],
  running: ["Being made", "The app is being made"],
  failed: ["Failed", "This build has failed"],
  cancelled: ["Cancelled", "This build was cancelled"],
  interrupted: ["Interrupted", "This build was interrupted"],
};

const session = new Session();
const api = new BuildApi(window.location, session);
const page = new FramePage();
const onLink = (connected) => (page.connected = connected);

/** Shows the app, and follows how the build is. */
class View {
  #settling = 0;
  #forced = false;
  #shown = false;
  #seen = false;

  /** Follows the build to its end, and then looks after its app. */
  async show() {
    const build = await patiently(() => api.status(), onLink);
    if (this.#comeBack(build)) return;
    this.#tell(build);
    if (!isFinal(build.state)) {
      await follow(api, { onLink: (connected) => this.#onLink(connected), onEvent: () => this.#lookSoon() });
      window.clearTimeout(this.#settling);
    }
    const ended = await patiently(() => api.status(), onLink);
    this.#tell(ended);
    if (ended.state === "succeeded") await this.#watch(this.#address(ended));
  }

  /** Loads the app again. */
  reload() {
    if (this.#shown) page.load({ enter: part("open").href, url: part("open").href });
  }

  /** Shows what is at the app's address, although it seems not to answer. */
  force() {
    this.#forced = true;
  }

  /** @returns {boolean} Whether the page is loaded again, with the policy that lets it frame this app. */
  #comeBack({ port }) {
    const query = new URLSearchParams(window.location.search);
    if (query.get("port") === String(port)) return false;
    query.set("port", String(port));
    window.location.replace(`?${query}`);
    return true;
  }

  /** @returns {string} Where the app is. */
  #address({ port }) {
    return `${document.body.dataset.app ?? `http://${window.location.hostname}:${port}`}/`;
  }

  /** Once for events that come together. */
  #lookSoon() {
    window.clearTimeout(this.#settling);
    this.#settling = window.setTimeout(() => this.#look(), SETTLE_MS);
  }

  /** @param {boolean} connected */
  #onLink(connected) {
    onLink(connected);
    if (connected) this.#lookSoon();
  }

  async #look() {
    const build = await api.status().catch(() => null);
    if (build && !isFinal(build.state)) this.#tell(build);
  }

  /** @param {import("./build.api.js").Build} build */
  #tell(build) {
    page.title = build.prompt.slice(0, 80);
    page.link = this.#address(build);
    const [word, title] = WORDS[build.state] ?? [];
    if (!word) return;
    page.mark(build.state === "failed" || build.state === "interrupted" ? "crashed" : "unknown", word);
    page.cover({ title, text: explain(build) });
  }

  /** @param {string} address Shows the app as long as it answers there. */
  async #watch(address) {
    const obstacle = obstacleTo(address);
    if (obstacle) return page.notice({ title: "This app cannot be shown here", text: `${obstacle} It is at ${address}` });
    for (;;) {
      const there = this.#forced || (await answers(address));
      if (there && !this.#shown) page.load({ enter: address, url: address });
      if (there) this.#uncover();
      else this.#await(address);
      this.#shown = there;
      this.#seen ||= there;
      await pause(there ? SHOWN_MS : AWAITED_MS, () => this.#forced && !this.#shown);
    }
  }

  #uncover() {
    page.mark("running", "Running");
    page.uncover();
  }

  /** @param {string} address */
  #await(address) {
    page.mark("starting", "No answer");
    const title = this.#seen ? "The app does not answer any more" : "The app does not answer yet";
    const text = `It was started, and this browser gets no answer from ${address}. It is shown here as soon as one comes.`;
    page.cover({ title, text, button: "Show it all the same" });
  }
}

/** @param {import("./build.api.js").Build} build @returns {string} Why there is no app. */
function explain({ state, reason, stage, percent, queue_position: place }) {
  if (state === "queued") return reason || (place > 1 ? `${place - 1} others are before it.` : "It is the next one.");
  if (state === "running") return `Step: ${stage}, ${Math.floor(percent)} %. It is shown here when it is there.`;
  return reason;
}

/** @param {string} address @returns {string} Why the app cannot be framed; empty when it can. */
function obstacleTo(address) {
  if (new URL(address).origin === window.location.origin) return "Its address is the server's own.";
  if (!document.body.dataset.app) return "A page may not frame what has an IPv6 address for a name.";
  if (window.location.protocol === "https:") return "This page came over TLS, and browsers show nothing in it that did not.";
  return "";
}

/** @param {unknown} error @returns {{title: string, text: string}} */
function problem(error) {
  if (error instanceof Refusal) {
    const title = error.status === 404 ? "There is no such build here" : "This cannot be shown";
    return { title, text: `${error.message} ${error.hint}`.trim() };
  }
  return { title: "Something went wrong on this page", text: String(error) };
}

/** @param {number} longest @param {() => boolean} enough @returns {Promise<void>} Waits; longer while nobody looks. */
async function pause(longest, enough) {
  const until = Date.now() + longest;
  while (!enough() && (Date.now() < until || document.hidden)) {
    await new Promise((resolve) => window.setTimeout(resolve, 250));
  }
}

const view = new View();
part("reload").onclick = () => view.reload();
part("start").onclick = () => view.force();

/** Shows the app, and asks for a token as long as the server wants one. */
async function main() {
  for (;;) {
    try {
      return await view.show();
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 401)) return page.notice(problem(error));
      session.token = await page.askForToken(session.token !== "");
    }
  }
}

main();
