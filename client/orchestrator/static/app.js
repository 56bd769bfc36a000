/** @file The app of a run: its health, and itself in a frame. */

import { make, part, say } from "./dom.js";
import { absence, APP, hasEnded } from "./words.js";

// The app is an origin of its own, another port, so that these together do not let it out of its frame.
const SANDBOX = "allow-scripts allow-forms allow-same-origin allow-modals allow-downloads";

/** The part of the page that shows the app. */
export class AppView {
  constructor() {
    this.stage = part("stage");
    this.placeholder = part("placeholder");
    this.light = part("health");
    this.link = /** @type {HTMLAnchorElement} */ (part("open"));
    this.reload = part("reload");
    /** @type {HTMLIFrameElement | null} */
    this.frame = null;
    this.reload.addEventListener("click", () => this.load());
    this.url = "";
  }

  /** @param {import("./api.js").Run} run */
  show(run) {
    const { word, tone } = run.app.state === "none" && hasEnded(run) ? { word: "None", tone: "idle" } : APP[run.app.state];
    say(this.light, word);
    this.light.dataset.tone = tone;
    this.url = addressOf(run);
    const healthy = run.app.state === "healthy";
    this.link.hidden = !healthy && run.app.state !== "unhealthy";
    this.link.href = this.url;
    this.reload.hidden = !healthy;
    part("detail").dataset.app = healthy ? "shown" : "absent";
    if (healthy) this.open(run);
    else this.close(absence(run));
  }

  /** @param {import("./api.js").Run} run */
  open(run) {
    if (this.frame?.dataset.run === run.id) return;
    this.frame?.remove();
    this.frame = /** @type {HTMLIFrameElement} */ (make("iframe", { sandbox: SANDBOX, referrerpolicy: "no-referrer", title: `The app: ${run.title}` }));
    this.frame.dataset.run = run.id;
    this.load();
    this.stage.append(this.frame);
    this.placeholder.hidden = true;
  }

  load() {
    if (this.frame) this.frame.src = this.url;
  }

  /** @param {{title: string, text: string}} why */
  close({ title, text }) {
    this.frame?.remove();
    this.frame = null;
    this.placeholder.hidden = false;
    if (this.placeholder.textContent !== title + text) this.placeholder.replaceChildren(make("h3", {}, title), make("p", {}, text));
  }
}

/**
 * Gives the app's address under the name that this page has, so that both lead to the same machine.
 *
 * @param {import("./api.js").Run} run
 */
function addressOf(run) {
  const host = window.location.hostname === "127.0.0.1" ? "127.0.0.1" : "localhost";
  return `http://${host}:${run.assignedPort}/`;
}
