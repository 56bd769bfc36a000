/** @file What the page of an app shows. Texts go in as text only, never as HTML. */

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
// An app at an origin of its own may have its storage; below a path it has no origin, and must not get ours.
const OWN_ORIGIN = "allow-scripts allow-forms allow-popups allow-modals allow-downloads allow-same-origin";
const NO_ORIGIN = "allow-scripts allow-forms allow-popups allow-modals allow-downloads";

/** The parts of the document. */
export class Page {
  #shown = "";

  constructor() {
    for (const button of document.querySelectorAll(".widths button")) {
      button.onclick = () => this.#width(button.dataset.width);
    }
  }

  /** @param {string} title */
  set title(title) {
    write("title", title);
    document.title = `${title} · Preview · Callboard`;
  }

  /** @param {{state?: string, reason?: string}} project Says how its run is; nothing when it has succeeded. */
  run({ state = "", reason = "" }) {
    const line = part("run");
    line.hidden = !Object.hasOwn(RUNS, state);
    line.dataset.state = state;
    write("run", line.hidden ? "" : `${RUNS[state]} ${reason}`.trim());
  }

  /** @param {import("./preview.api.js").Opened} opened Loads the app, from its first page on. */
  load(opened) {
    const frame = /** @type {HTMLIFrameElement} */ (part("frame"));
    frame.setAttribute("sandbox", opened.mode === "path" ? NO_ORIGIN : OWN_ORIGIN);
    frame.dataset.mode = opened.mode;
    frame.hidden = false;
    frame.src = opened.enter;
    /** @type {HTMLAnchorElement} */ (part("open")).href = opened.url;
  }

  /** @param {import("./preview.api.js").AppStatus} status */
  status(status) {
    const shown = status.state !== "running" && status.built ? "built" : status.state;
    part("state").dataset.state = shown;
    write("state", STATES[shown] ?? shown);
    const up = shown === "running" || (shown === "built" && status.state !== "crashed");
    part("card").hidden = up;
    part("signin").hidden = true;
    if (up) return;
    write("card-title", TITLES[status.state] ?? "");
    write("card-text", status.reason || (status.state === "starting" ? "It is shown here as soon as it answers." : ""));
    this.#log(status.tail);
    part("start").hidden = status.state === "starting";
    write("start", status.state === "crashed" ? "Restart" : "Start");
  }

  /** @param {string} problem What could not be done; empty for nothing. */
  set problem(problem) {
    write("card-problem", problem);
    if (problem) part("card").hidden = false;
  }

  /** @param {{title: string, text: string}} words Says why nothing can be shown. */
  notice({ title, text }) {
    part("frame").hidden = true;
    part("card").hidden = false;
    part("start").hidden = true;
    part("card-log").hidden = true;
    part("state").dataset.state = "unknown";
    write("state", "Not here");
    write("card-title", title);
    write("card-text", text);
    document.title = `${title} · Callboard`;
  }

  /** @param {boolean} connected */
  set connected(connected) {
    if (!connected) write("state", "Connection lost");
  }

  /** @param {boolean} busy Whether a command of the person is under way. */
  set busy(busy) {
    for (const id of ["restart", "start"]) /** @type {HTMLButtonElement} */ (part(id)).disabled = busy;
  }

  /**
   * Asks for a token.
   *
   * @param {boolean} wrong Whether one was tried already.
   * @returns {Promise<string>}
   */
  askForToken(wrong) {
    part("card").hidden = true;
    part("signin").hidden = false;
    const field = /** @type {HTMLInputElement} */ (part("token"));
    field.value = "";
    write("token-problem", wrong ? "That token is not the right one." : "");
    field.focus();
    document.title = "Sign in · Callboard";
    return new Promise((resolve) => {
      part("signin").onsubmit = (event) => {
        event.preventDefault();
        if (field.value.trim()) resolve(field.value.trim());
      };
    });
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

  /** @param {string} width */
  #width(width) {
    part("device").dataset.width = width;
    for (const button of document.querySelectorAll(".widths button")) {
      button.setAttribute("aria-pressed", String(button.dataset.width === width));
    }
  }
}

/** @param {string} id @returns {HTMLElement} */
export function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}.`);
  return element;
}

/** @param {string} id @param {string} text */
function write(id, text) {
  const element = part(id);
  if (element.textContent !== text) element.textContent = text;
}
