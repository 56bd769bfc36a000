/** @file A page with an app in a frame. Texts go in as text only, never as HTML. */

// An app at an origin of its own may have its storage; below a path it has no origin, and must not get ours.
const OWN_ORIGIN = "allow-scripts allow-forms allow-popups allow-modals allow-downloads allow-same-origin";
const NO_ORIGIN = "allow-scripts allow-forms allow-popups allow-modals allow-downloads";

/** The parts of the document. */
export class FramePage {
  #name = document.title;

  constructor() {
    for (const button of document.querySelectorAll(".widths button")) {
      button.onclick = () => this.#width(button.dataset.width);
    }
  }

  /** @param {string} title */
  set title(title) {
    write("title", title);
    document.title = `${title} · ${this.#name}`;
  }

  /** @param {{mode?: string, enter: string, url: string}} opened Loads the app, from its first page on. */
  load({ mode = "port", enter, url }) {
    const frame = /** @type {HTMLIFrameElement} */ (part("frame"));
    frame.setAttribute("sandbox", mode === "path" ? NO_ORIGIN : OWN_ORIGIN);
    frame.dataset.mode = mode;
    frame.hidden = false;
    frame.src = enter;
    this.link = url;
  }

  /** @param {string} url Where the app can be opened in a tab of its own. */
  set link(url) {
    /** @type {HTMLAnchorElement} */ (part("open")).href = url;
  }

  /** @param {string} state @param {string} word Says how the app is, in the bar. */
  mark(state, word) {
    part("state").dataset.state = state;
    write("state", word);
  }

  /** Shows the app alone. */
  uncover() {
    part("card").hidden = true;
    part("signin").hidden = true;
  }

  /** @param {{title: string, text: string, button?: string}} words Says over the app why it is not there. */
  cover({ title, text, button = "" }) {
    part("card").hidden = false;
    part("signin").hidden = true;
    write("card-title", title);
    write("card-text", text);
    part("start").hidden = button === "";
    write("start", button);
  }

  /** @param {{title: string, text: string}} words Says why nothing can be shown. */
  notice({ title, text }) {
    part("frame").hidden = true;
    this.cover({ title, text });
    this.mark("unknown", "Not here");
    document.title = `${title} · Callboard`;
  }

  /** @param {boolean} connected */
  set connected(connected) {
    if (!connected) write("state", "Connection lost");
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
export function write(id, text) {
  const element = part(id);
  if (element.textContent !== text) element.textContent = text;
}
