/**
 * @file The server's interface for one build, and the way to its app.
 *
 * @typedef {object} Build What `GET /api/builds/{runId}` answers; see the API's reference.
 * @property {string} state
 * @property {string} stage
 * @property {number} percent
 * @property {number} queue_position
 * @property {string} reason
 * @property {string} prompt
 * @property {number} port
 */

import { Refusal, Unreachable } from "./api.js";

const PROBE_MS = 2500;

/** One build, as the server tells of it. */
export class BuildApi {
  /** @param {{pathname: string}} location Of the page, `…/api/builds/{runId}/view`. @param {import("./session.js").Session} session */
  constructor(location, session) {
    const [, base, id] = /^(.*)\/api\/builds\/([^/]+)\/view\/?$/.exec(location.pathname) ?? [null, "", ""];
    this.base = base;
    this.id = id;
    this.session = session;
  }

  /** @returns {Promise<Build>} */
  async status() {
    const response = await this.#get(`/api/builds/${this.id}`, "application/json");
    return response.json().catch(() => {
      throw new Unreachable("The answer was cut off.");
    });
  }

  /** @param {number} after @param {AbortSignal} signal @returns {Promise<Response>} A Server-Sent Events stream. */
  stream(after, signal) {
    return this.#get(`/events/${this.id}?after=${after}`, "text/event-stream", signal);
  }

  /** @param {number} after @returns {WebSocket} */
  socket(after) {
    const url = new URL(`${this.base}/ws/${this.id}?after=${after}`, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(url, this.session.subprotocols);
  }

  /** @param {string} path @param {string} accept @param {AbortSignal} [signal] @returns {Promise<Response>} */
  async #get(path, accept, signal) {
    const options = { headers: { Accept: accept, ...this.session.headers }, signal, credentials: "same-origin" };
    const response = await fetch(this.base + path, options).catch((cause) => {
      throw new Unreachable("The server cannot be reached.", { cause });
    });
    if (response.ok) return response;
    throw new Refusal(response.status, (await response.json().catch(() => null)) ?? {});
  }
}

/** @param {string} url @returns {Promise<boolean>} Whether something answers there, whatever it says. */
export async function answers(url) {
  const signal = AbortSignal.timeout(PROBE_MS);
  try {
    await fetch(url, { method: "HEAD", mode: "no-cors", credentials: "omit", cache: "no-store", signal });
    return true;
  } catch {
    return false;
  }
}
