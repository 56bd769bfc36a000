/**
 * @file The server's interface for one job.
 *
 * @typedef {object} Status What `GET /jobs/{id}` answers; see the API's reference.
 * @property {string} state
 * @property {string|null} stage
 * @property {number} percent
 * @property {number|null} done
 * @property {number|null} total
 * @property {number|null} remaining_s
 * @property {number|null} queue_position
 * @property {number} attempt
 * @property {string|null} reason
 * @property {string} engine
 * @property {Object<string, any>|null} result
 *
 * @typedef {{seq: number, type: string, data: Object<string, any>}} JobEvent
 */

const FINAL_STATES = ["succeeded", "failed", "cancelled", "interrupted"];
const MAX_MODEL_BYTES = 1024 ** 3;

/** @param {string} state @returns {boolean} Whether a job in this state does no more. */
export const isFinal = (state) => FINAL_STATES.includes(state);

/** The server answered, and said no. */
export class Refusal extends Error {
  /** @param {number} status @param {{detail?: string, hint?: string}} problem */
  constructor(status, { detail = "", hint = "" }) {
    super(detail || `The server answered ${status}.`);
    this.status = status;
    this.hint = hint;
  }

  /** @returns {boolean} Whether asking again later may help. */
  get passing() {
    return this.status === 429 || this.status >= 500;
  }
}

/** The server did not answer. */
export class Unreachable extends Error {}

/** One job, as the server tells of it. */
export class JobApi {
  /** @param {{pathname: string}} location Of the page, `…/jobs/{id}/view`. @param {import("./session.js").Session} session */
  constructor(location, session) {
    const [, base, id] = /^(.*)\/jobs\/([^/]+)\/view\/?$/.exec(location.pathname) ?? [null, "", ""];
    this.base = base;
    this.escapedId = id;
    this.session = session;
  }

  /** @returns {string} The job's id, for people. */
  get id() {
    try {
      return decodeURIComponent(this.escapedId);
    } catch {
      return this.escapedId;
    }
  }

  /** @returns {Promise<Status>} */
  async status() {
    const response = await this.#get(`/jobs/${this.escapedId}`, "application/json");
    return response.json().catch(() => {
      throw new Unreachable("The answer was cut off.");
    });
  }

  /** @param {number} after @param {AbortSignal} signal @returns {Promise<Response>} A Server-Sent Events stream. */
  stream(after, signal) {
    return this.#get(`/events/${this.escapedId}?after=${after}`, "text/event-stream", signal);
  }

  /** @param {number} after @returns {WebSocket} */
  socket(after) {
    const url = new URL(`${this.base}/ws/${this.escapedId}?after=${after}`, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(url, this.session.subprotocols);
  }

  /**
   * Downloads the model.
   *
   * @param {(done: number, total: number) => void} onProgress Bytes; total is 0 when the server does not say.
   * @returns {Promise<ArrayBuffer>}
   */
  model(onProgress) {
    return download(`${this.base}/jobs/${this.escapedId}/model`, this.session.headers, onProgress);
  }

  /** @param {string} path @param {string} accept @param {AbortSignal} [signal] @returns {Promise<Response>} */
  #get(path, accept, signal) {
    return get(this.base + path, { Accept: accept, ...this.session.headers }, signal);
  }
}

/**
 * Downloads a model.
 *
 * @param {string} url
 * @param {Object<string, string>} headers Further ones.
 * @param {(done: number, total: number) => void} onProgress Bytes; total is 0 when the server does not say.
 * @returns {Promise<ArrayBuffer>}
 */
export async function download(url, headers, onProgress) {
  const response = await get(url, { Accept: "model/gltf-binary, */*;q=0.5", ...headers });
  const total = Number(response.headers.get("Content-Length") ?? 0);
  const chunks = [];
  let done = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done: ended, value } = await reader.read().catch(lost);
    if (ended) break;
    chunks.push(value);
    done += value.length;
    onProgress(done, total);
    if (done > MAX_MODEL_BYTES) {
      await reader.cancel();
      throw new Refusal(413, { detail: "The model is too large for a browser.", hint: "Save it with curl, or with the command callboard download." });
    }
  }
  if (done < total) throw new Unreachable("The model was cut off.");
  return new Blob(chunks).arrayBuffer();
}

/** @param {string} url @param {Object<string, string>} headers @param {AbortSignal} [signal] @returns {Promise<Response>} */
async function get(url, headers, signal) {
  const response = await fetch(url, { headers, signal, credentials: "same-origin" }).catch(lost);
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Refusal(response.status, problem ?? {});
}

/** @param {unknown} error @returns {never} */
function lost(error) {
  throw new Unreachable("The server cannot be reached.", { cause: error });
}
