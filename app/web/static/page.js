/** @file What the page says. Texts go in as text only, never as HTML. */

import { count, isNumber, size } from "./words.js";

const HINT_MS = 9000;
const ANNOUNCE_EVERY = 25;
const UNKNOWN = "–";

/** The parts of the document, by what they are for. */
export class Page {
  #announced = "";
  #name = "";

  /** @param {string} id The job's id. */
  constructor(id) {
    this.#name = id;
    for (const element of document.querySelectorAll("[data-id]")) element.textContent = id;
  }

  /**
   * Says which of the page's faces is shown: connecting, working, loading, shown, notice or signin.
   *
   * @param {string} phase
   */
  set phase(phase) {
    document.body.dataset.phase = phase;
    part("card").hidden = phase === "shown";
    part("progress").hidden = !["connecting", "working", "loading"].includes(phase);
    part("notice").hidden = phase !== "notice";
    const signin = document.getElementById("signin");
    if (signin) signin.hidden = phase !== "signin";
    part("tools").hidden = phase !== "shown";
    part("model").tabIndex = phase === "shown" ? 0 : -1;
    part("model").setAttribute("aria-hidden", String(phase !== "shown"));
  }

  /** @param {boolean} connected */
  set connected(connected) {
    part("link").hidden = connected;
  }

  /**
   * @param {{title: string, detail: string}} text
   * @param {number|null} percent Null when nobody knows.
   */
  progress({ title, detail }, percent) {
    const whole = percent === null ? null : Math.floor(Math.min(100, Math.max(0, percent)));
    write("stage", title);
    write("detail", detail);
    write("percent", whole === null ? "" : `${whole} %`);
    /** @type {HTMLProgressElement} */ (part("bar")).value = whole ?? 0;
    part("bar").classList.toggle("unknown", whole === null);
    document.title = `${whole === null ? "" : `${whole} % · `}${title} · Callboard`;
    const step = whole === null ? 0 : Math.floor(whole / ANNOUNCE_EVERY) * ANNOUNCE_EVERY;
    this.announce(step > 0 ? `${title}, ${step} percent` : title);
  }

  /** @param {string} line The latest line of the job's log. */
  log(line) {
    write("log", line);
  }

  /** @param {{title: string, text: string, advice: string[]}} words */
  notice({ title, text, advice }) {
    this.phase = "notice";
    write("notice-title", title);
    write("notice-text", text);
    part("notice-advice").replaceChildren(...advice.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    document.title = `${title} · Callboard`;
    this.announce(`${title}. ${text}`);
  }

  /** @param {import("./api.js").Status} status */
  facts(status) {
    const result = status.result ?? {};
    const given = Array.isArray(status.images) ? status.images.length : status.images;
    const used = result.photos_registered;
    write("engine", status.engine || UNKNOWN);
    write("triangles", isNumber(result.triangles) ? count(result.triangles) : UNKNOWN);
    const both = isNumber(used) && isNumber(given);
    write("photos-label", both ? "Photos used" : "Photos");
    write("photos", both ? `${count(used)} of ${count(given)}` : isNumber(given) ? count(given) : UNKNOWN);
    part("simulated").hidden = !(result.simulated === true || status.engine === "simulated");
  }

  /** Says that the model was made up. */
  simulated() {
    part("simulated").hidden = false;
  }

  /** @param {{triangles: number}} model @param {Blob} file */
  shown(model, file) {
    this.phase = "shown";
    write("triangles", count(model.triangles));
    document.title = `${this.#name} · Callboard`;
    this.announce("The model is shown. Drag, or use the arrow keys, to turn it.");
    part("hint").hidden = false;
    window.setTimeout(() => this.touched(), HINT_MS);
    this.offer(file);
  }

  /** @param {Blob} file What the download button saves. */
  offer(file) {
    const link = /** @type {HTMLAnchorElement} */ (part("download"));
    link.href = URL.createObjectURL(file);
    link.download = `${this.#name}.glb`;
    link.removeAttribute("aria-disabled");
    write("size", size(file.size));
  }

  /** Takes the hint away: the person knows. */
  touched() {
    part("hint").classList.add("gone");
  }

  /**
   * Asks for a token.
   *
   * @param {boolean} wrong Whether one was tried already.
   * @returns {Promise<string>}
   */
  askForToken(wrong) {
    this.phase = "signin";
    const field = /** @type {HTMLInputElement} */ (part("token"));
    field.value = "";
    write("token-problem", wrong ? "That token is not the right one." : "");
    field.setAttribute("aria-invalid", String(wrong));
    field.focus();
    document.title = "Sign in · Callboard";
    return new Promise((resolve) => {
      part("signin").onsubmit = (event) => {
        event.preventDefault();
        if (field.value.trim()) resolve(field.value.trim());
      };
    });
  }

  /** @param {{zoomIn: () => void, zoomOut: () => void, reset: () => void}} viewer */
  connectTools(viewer) {
    const tools = { "zoom-in": viewer.zoomIn, "zoom-out": viewer.zoomOut, reset: viewer.reset };
    for (const [id, action] of Object.entries(tools)) {
      part(id).onclick = () => {
        this.touched();
        action.call(viewer);
      };
    }
  }

  /** @param {string} text For screen readers; the same text is said once. */
  announce(text) {
    if (text === this.#announced) return;
    this.#announced = text;
    write("announcement", text);
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
