/** @file One run: what it is, its messages, its app, and what can be done with it. */

import { endRun, forgetRun, Refusal, startApp, streamOf } from "./api.js";
import { AppView } from "./app.js";
import { icon, part, say, sayOrHide } from "./dom.js";
import { Follower } from "./follow.js";
import { Messages } from "./messages.js";
import { appLives, hasEnded, STATE } from "./words.js";

const KEPT_LINES = 500;

/** The part of the page that shows a run. */
export class RunView {
  /** @param {(connected: boolean) => void} onLink */
  constructor(onLink) {
    this.onLink = onLink;
    this.messages = new Messages();
    this.app = new AppView();
    this.log = part("log");
    /** @type {string[]} */
    this.lines = [];
    /** @type {Follower | null} */
    this.follower = null;
    /** @type {import("./api.js").Run | null} */
    this.run = null;
    this.id = "";
    this.connect("end", (id) => endRun(id));
    this.connect("start", (id) => startApp(id));
    this.connect("forget", async (id) => {
      await forgetRun(id);
      window.location.hash = "";
    });
    part("output").addEventListener("toggle", () => this.showLines());
  }

  /**
   * Has a button do something with the run, once at a time.
   *
   * @param {string} name
   * @param {(id: string) => Promise<unknown>} act
   */
  connect(name, act) {
    const button = /** @type {HTMLButtonElement} */ (part(name));
    button.addEventListener("click", async () => {
      button.disabled = true;
      sayOrHide(part("problem"), "");
      try {
        await act(this.id);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        sayOrHide(part("problem"), error.message);
      } finally {
        button.disabled = false;
      }
    });
  }

  /** @param {string} id Empty for none. */
  open(id) {
    if (id === this.id) return;
    this.follower?.pause();
    this.follower = null;
    this.id = id;
    this.run = null;
    this.lines = [];
    this.messages.clear();
    this.app.close({ title: "", text: "" });
    this.showLines();
    for (const name of ["problem", "trouble", "reason"]) sayOrHide(part(name), "");
    part("welcome").hidden = id !== "";
    part("detail").hidden = id === "";
    document.title = "Callboard orchestrator";
    if (!id) return;
    const takers = {
      run: (run) => this.show(run),
      message: (message) => this.messages.add(message),
      log: ({ lines }) => this.print(lines),
    };
    this.follower = new Follower(streamOf(id), takers, this.onLink);
  }

  /** @param {import("./api.js").Run} run */
  show(run) {
    this.run = run;
    const { word, icon: path, tone } = STATE[run.state];
    const state = part("state");
    if (state.textContent !== word) state.replaceChildren(icon(path), word);
    state.dataset.tone = tone;
    say(part("title"), run.title);
    say(part("facts"), `${run.workspaceId} · port ${run.assignedPort}`);
    sayOrHide(part("trouble"), run.trouble);
    sayOrHide(part("reason"), run.state === "failed" ? run.reason : "");
    say(part("end"), hasEnded(run) ? "Stop the app" : "Cancel");
    part("end").hidden = hasEnded(run) && !appLives(run);
    part("start").hidden = run.state !== "built" || appLives(run);
    part("forget").hidden = !hasEnded(run) || appLives(run);
    part("no-messages").hidden = run.messages > 0 || hasEnded(run);
    this.app.show(run);
    document.title = `${run.app.state === "healthy" ? "Healthy" : word} · ${run.title}`;
  }

  /** @param {string[]} lines */
  print(lines) {
    this.lines = [...this.lines, ...lines].slice(-KEPT_LINES);
    this.showLines();
  }

  /** Writes the lines, as long as somebody looks at them. */
  showLines() {
    const output = /** @type {HTMLDetailsElement} */ (part("output"));
    say(part("output-note"), this.lines.length ? this.lines[this.lines.length - 1] : "nothing so far");
    if (!output.open) return;
    const stay = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 40;
    say(this.log, this.lines.join("\n"));
    if (stay) this.log.scrollTop = this.log.scrollHeight;
  }
}
