/** @file Follows a job to its end, through lost connections, without a gap or a repeat. */

import { isFinal, Refusal, Unreachable } from "./api.js";
import { overSocket, overStream } from "./transports.js";

const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 15_000;
const SOCKET_TRIES = 2;

/**
 * Follows the events of a job that is not finished; returns when it is.
 *
 * @param {import("./api.js").JobApi} api
 * @param {object} listener
 * @param {(event: import("./api.js").JobEvent) => void} listener.onEvent Told of each event once, in order.
 * @param {(connected: boolean) => void} listener.onLink
 * @throws {Refusal} When the server no longer knows the job, or wants a token.
 */
export async function follow(api, { onEvent, onLink }) {
  let after = 0;
  let failures = 0;
  let ended = false;
  const listener = {
    onOpen: () => onLink(true),
    onEvent: (event) => {
      if (event.seq <= after) return;
      after = event.seq;
      failures = 0;
      ended = event.type === "end";
      onEvent(event);
    },
  };
  for (;;) {
    // Some proxies do not let WebSockets through; then the stream takes its turn.
    const receive = failures % (SOCKET_TRIES + 1) === SOCKET_TRIES ? overStream : overSocket;
    failures += 1;
    await receive(api, after, listener).catch(ignorePassing);
    if (ended) return;
    // A browser does not tell why a WebSocket failed; the status does.
    const status = await patiently(() => api.status(), onLink);
    if (isFinal(status.state)) return;
    if (failures > 1) onLink(false);
    await pause(failures);
  }
}

/**
 * Asks until there is an answer.
 *
 * @template T
 * @param {() => Promise<T>} ask
 * @param {(connected: boolean) => void} onLink
 * @returns {Promise<T>}
 * @throws {Refusal} When asking again would not help.
 */
export async function patiently(ask, onLink) {
  for (let failures = 1; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      ignorePassing(error);
      onLink(false);
      await pause(failures);
    }
  }
}

/** @param {unknown} error */
function ignorePassing(error) {
  const passing = error instanceof Unreachable || (error instanceof Refusal && error.passing);
  // A token that is no valid subprotocol: the stream can carry it.
  const unspeakable = error instanceof DOMException && error.name === "SyntaxError";
  if (!passing && !unspeakable) throw error;
}

/**
 * Waits, longer after each failure; less when the network comes back or the page is looked at again.
 *
 * @param {number} failures
 * @returns {Promise<void>}
 */
function pause(failures) {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10));
  return new Promise((resolve) => {
    const wake = () => {
      window.clearTimeout(timer);
      window.removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
      resolve();
    };
    const timer = window.setTimeout(wake, longest * (0.5 + Math.random() / 2));
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", wake);
  });
}
