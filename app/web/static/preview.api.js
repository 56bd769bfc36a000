/**
 * @file The server's interface for the app of one project.
 *
 * @typedef {object} AppStatus What `GET …/preview/status` answers.
 * @property {"stopped"|"starting"|"running"|"crashed"} state
 * @property {string} reason
 * @property {string[]} tail
 * @property {boolean} built
 *
 * @typedef {object} Opened What `POST …/preview/open` answers.
 * @property {"host"|"port"|"path"} mode
 * @property {string} url
 * @property {string} enter
 * @property {string} probe
 * @property {string[]} others
 * @property {number|null} renew_s
 */

import { Refusal, Unreachable } from "./api.js";

const PROBE_MS = 2500;

/** One project's app, as the server tells of it. */
export class PreviewApi {
  /** @param {{pathname: string}} location Of the page, `…/api/projects/{id}/preview`. @param {import("./session.js").Session} session */
  constructor(location, session) {
    const [, base, id] = /^(.*)\/api\/projects\/([^/]+)\/preview\/?$/.exec(location.pathname) ?? [null, "", ""];
    this.base = base;
    this.id = id;
    this.session = session;
  }

  /** @returns {Promise<Object<string, any>>} The project. */
  project() {
    return this.#ask("GET", `/api/projects/${this.id}`);
  }

  /** @returns {Promise<boolean>} Whether one may start and stop the app; where that cannot be told, the server has the last word. */
  async mayRun() {
    const { scope } = await this.#ask("GET", "/api/me").catch(() => ({ scope: "" }));
    return scope !== "read";
  }

  /** @returns {Promise<AppStatus>} */
  status() {
    return this.#ask("GET", `/api/projects/${this.id}/preview/status`);
  }

  /** @param {"start"|"restart"} what */
  tell(what) {
    return this.#ask("POST", `/api/projects/${this.id}/preview/${what}`);
  }

  /** @param {number} after @returns {WebSocket} What happens in the project. */
  socket(after) {
    const url = new URL(`${this.base}/ws/${this.id}?after=${after}`, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(url, this.session.subprotocols);
  }

  /** @param {string} [mode] @returns {Promise<Opened>} Where the app can be seen. */
  open(mode) {
    return this.#ask("POST", `/api/projects/${this.id}/preview/open`, mode ? { mode } : {});
  }

  /**
   * Finds a way to show the app that works from this browser: not every system knows `*.localhost`.
   *
   * @returns {Promise<Opened>}
   */
  async way() {
    const first = await this.open();
    if (first.mode === "path" || (await reachable(first.probe))) return first;
    for (const mode of first.others) {
      const other = await this.open(mode).catch(() => null);
      if (other && (mode === "path" || (await reachable(other.probe)))) return other;
    }
    return first;
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async #ask(method, path, body) {
    const headers = { Accept: "application/json", ...this.session.headers };
    if (body) headers["Content-Type"] = "application/json";
    const options = { method, headers, body: body && JSON.stringify(body), credentials: "same-origin" };
    const response = await fetch(this.base + path, options).catch((cause) => {
      throw new Unreachable("The server cannot be reached.", { cause });
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    throw new Refusal(response.status, answer ?? {});
  }
}

/** @param {string} url @returns {Promise<boolean>} Whether something answers there. */
async function reachable(url) {
  const options = { mode: "no-cors", credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(PROBE_MS) };
  try {
    await fetch(url, options);
    return true;
  } catch {
    return false;
  }
}
