/** @file The requests of an upload. */

import { Problem, problem, send } from "../api/client";
import { at } from "../base";
import { denials, headers, refused } from "../session";

const STALLED_MS = 45_000;

/** An upload as the server has it. */
export interface Open {
  readonly id: string;
  readonly files: readonly { readonly number: number; readonly name: string; readonly size: number }[];
  /** The job that it has become. */
  readonly job?: string | null;
}

/** What a job is to be made with. */
export interface Order {
  readonly engine: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** What an upload asks of the server; tests bring their own. */
export interface Transport {
  create: (signal: AbortSignal) => Promise<Open>;
  look: (id: string, signal: AbortSignal) => Promise<Open>;
  put: (id: string, number: number, file: File, onProgress: (bytes: number) => void, signal: AbortSignal) => Promise<void>;
  finish: (id: string, order: Order, signal: AbortSignal) => Promise<{ id: string }>;
  remove: (id: string) => Promise<void>;
}

/** The server. */
export const server: Transport = {
  create: async (signal) => (await send("/uploads", { method: "POST", signal })).json(),
  look: async (id, signal) => (await send(`/uploads/${encodeURIComponent(id)}`, { signal, cache: "no-store" })).json(),
  put,
  finish: async (id, order, signal) => {
    const body = JSON.stringify(order);
    const options = { method: "POST", body, signal, headers: { "Content-Type": "application/json" } };
    return (await send(`/uploads/${encodeURIComponent(id)}/finish`, options)).json();
  },
  remove: async (id) => {
    await send(`/uploads/${encodeURIComponent(id)}`, { method: "DELETE" });
  },
};

/** Sends a photo. With XMLHttpRequest, since nothing else tells how much of a body has been sent. */
function put(id: string, number: number, file: File, onProgress: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stalled: ReturnType<typeof setTimeout> | undefined;
    const alive = (): void => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), STALLED_MS);
    };
    const stop = (): void => request.abort();
    request.open("PUT", at(`/uploads/${encodeURIComponent(id)}/files/${number}?name=${encodeURIComponent(file.name)}`));
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = (event) => {
      alive();
      onProgress(Math.min(event.loaded, file.size));
    };
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener("abort", stop);
      if (request.status === 401) refused.value = true;
      if (request.status === 403) denials.value += 1;
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(signal.aborted ? new DOMException("Cancelled", "AbortError") : said(request));
    };
    signal.addEventListener("abort", stop);
    alive();
    request.send(file);
  });
}

function said(request: XMLHttpRequest): Problem {
  if (request.status === 0) return new Problem(0, "The connection to the server was lost.", "It goes on by itself.");
  const after = request.getResponseHeader("Retry-After");
  const response = new Response(null, { status: request.status, headers: after ? { "Retry-After": after } : {} });
  let body: unknown = {};
  try {
    body = JSON.parse(request.responseText);
  } catch {
    // What is between the server and the page answers in its own way.
  }
  return problem(response, body);
}
