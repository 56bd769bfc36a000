/** @file Pauses between tries, which end early when there is reason to hope. */

import { connection } from "../live/board";
import { refused } from "../session";

const FIRST_MS = 1_000;
const LONGEST_MS = 15_000;

/** How long to wait before a try: twice as long each time, unless the server says when. */
export function pauseMs(failures: number, retryAfter: number | null): number {
  const own = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.max(own, Math.min(60, retryAfter ?? 0) * 1_000);
}

/** Waits; ends early when the network or the server is back, when somebody has signed in, or when `signal` says so. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const was = { live: connection.peek() === "live", refused: refused.peek() };
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      window.removeEventListener("online", done);
      stops.forEach((stop) => stop());
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    window.addEventListener("online", done);
    // Told at once what holds now, and so compared with what held before.
    const stops = [
      connection.subscribe((now) => {
        if (now === "live" && !was.live) queueMicrotask(done);
      }),
      refused.subscribe((now) => {
        if (!now && was.refused) queueMicrotask(done);
      }),
    ];
    if (signal.aborted) done();
  });
}
