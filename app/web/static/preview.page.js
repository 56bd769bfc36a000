/** @file What the page of a project's app shows. */

import { FramePage, part, write } from "./frame.page.js";

const STATES = { stopped: "Stopped", starting: "Starting", running: "Running", crashed: "Crashed", built: "Built" };
const TITLES = { stopped: "This app is stopped", starting: "The app is starting", crashed: "This app has crashed" };
const RUNS = {
  queued: "What was asked for last waits for its turn.",
  running: "What was asked for last is being made.",
  failed: "What was asked for last could not be made.",
  cancelled: "What was asked for last was cancelled.",
  interrupted: "What was asked for last was interrupted.",
  paused: "What was asked for last is paused.",
};
const NOT_YOURS = "Your token may only look: starting it needs one that may start things.";
const BUTTONS = { starting: "", crashed: "Restart" };

/** The parts of the document. */
export class Page extends FramePage {
  #shown = "";
  #mayRun = true;

  /** @param {{state?: string, reason?: string}} project Says how its run is; nothing when it has succeeded. */
  run({ state = "", reason = "" }) {
    const line = part("run");
    line.hidden = !Object.hasOwn(RUNS, state);
    line.dataset.state = state;
    write("run", line.hidden ? "" : `${RUNS[state]} ${reason}`.trim());
  }

  /** @param {import("./preview.api.js").AppStatus} status */
  status({ state, reason, tail, built }) {
    const shown = state !== "running" && built ? "built" : state;
    this.mark(shown, STATES[shown] ?? shown);
    if (shown === "running" || (shown === "built" && state !== "crashed")) return this.uncover();
    const text = reason || (state === "starting" ? "It is shown here as soon as it answers." : "");
    const button = BUTTONS[state] ?? "Start";
    if (!this.#mayRun && button) this.cover({ title: TITLES[state] ?? "", text: `${text} ${NOT_YOURS}`.trim() });
    else this.cover({ title: TITLES[state] ?? "", text, button });
    this.#log(tail);
  }

  /** @param {boolean} may Whether one may start and stop the app. */
  set mayRun(may) {
    this.#mayRun = may;
    part("restart").hidden = !may;
  }

  /** @param {string} problem What could not be done; empty for nothing. */
  set problem(problem) {
    write("card-problem", problem);
    if (problem) part("card").hidden = false;
  }

  /** @param {{title: string, text: string}} words Says why nothing can be shown. */
  notice(words) {
    super.notice(words);
    part("card-log").hidden = true;
  }

  /** @param {boolean} busy Whether a command of the person is under way. */
  set busy(busy) {
    for (const id of ["restart", "start"]) /** @type {HTMLButtonElement} */ (part(id)).disabled = busy;
  }

  /** @param {string[]} lines */
  #log(lines) {
    const log = part("card-log");
    const text = lines.join("\n");
    log.hidden = text === "";
    if (text === this.#shown) return;
    this.#shown = text;
    log.textContent = text;
    log.scrollTop = log.scrollHeight;
  }
}
