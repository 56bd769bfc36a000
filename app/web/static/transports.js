/**
 * @file Two ways to receive a job's events. Each ends when the connection does, and leaves coming back to its caller.
 *
 * @typedef {object} Listener
 * @property {() => void} onOpen
 * @property {(event: import("./api.js").JobEvent) => void} onEvent
 */

import { Unreachable } from "./api.js";

const MAX_BUFFER = 4 * 1024 * 1024;
// A connection that died without a word (a laptop that slept) is replaced after this long.
const SILENCE_MS = 45_000;

/**
 * Receives events over a WebSocket.
 *
 * @param {import("./api.js").JobApi} api
 * @param {number} after
 * @param {Listener} listener
 * @returns {Promise<void>}
 */
export function overSocket(api, after, { onOpen, onEvent }) {
  return new Promise((resolve) => {
    const socket = api.socket(after);
    const silence = new Alarm(() => finish());
    const finish = () => {
      silence.stop();
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
      resolve();
    };
    socket.onopen = onOpen;
    socket.onclose = finish;
    socket.onmessage = ({ data }) => {
      silence.restart();
      const event = parse(data);
      if (event) onEvent(event);
    };
    silence.restart();
  });
}

/**
 * Receives events as Server-Sent Events; with fetch, because an EventSource cannot send a token.
 *
 * @param {import("./api.js").JobApi} api
 * @param {number} after
 * @param {Listener} listener
 * @returns {Promise<void>}
 */
export async function overStream(api, after, { onOpen, onEvent }) {
  const stop = new AbortController();
  const silence = new Alarm(() => stop.abort());
  silence.restart();
  try {
    const response = await api.stream(after, stop.signal);
    onOpen();
    await readEvents(response.body, (data) => {
      silence.restart();
      const event = parse(data);
      if (event) onEvent(event);
    });
  } finally {
    silence.stop();
    stop.abort();
  }
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {(data: string) => void} onData
 */
async function readEvents(body, onData) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: "" }));
    if (done) return;
    const blocks = (text + value).replaceAll("\r\n", "\n").split("\n\n");
    text = blocks.pop() ?? "";
    if (text.length > MAX_BUFFER) throw new Unreachable("The stream of events is damaged.");
    for (const block of blocks) {
      const lines = block.split("\n").filter((line) => line.startsWith("data:"));
      if (lines.length > 0) onData(lines.map((line) => line.slice(5).trimStart()).join("\n"));
    }
  }
}

/**
 * @param {unknown} text
 * @returns {import("./api.js").JobEvent|null} Null for what is not an event.
 */
function parse(text) {
  try {
    const event = JSON.parse(String(text));
    return Number.isInteger(event?.seq) && event.data ? event : null;
  } catch {
    return null;
  }
}

/** Rings once when nothing has happened for too long. */
class Alarm {
  #timer = 0;

  /** @param {() => void} ring */
  constructor(ring) {
    this.ring = ring;
  }

  /** Begins to wait anew. */
  restart() {
    this.stop();
    this.#timer = window.setTimeout(this.ring, SILENCE_MS);
  }

  /** Waits no more. */
  stop() {
    window.clearTimeout(this.#timer);
  }
}
