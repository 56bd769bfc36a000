/** @file What a view asks the server for, and what became of it. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { Problem } from "../api/client";
import { connection } from "../live/board";

/** What was asked for: not there yet, there, or not to be had. */
export type Loaded<T> = { state: "loading" } | { state: "there"; value: T } | { state: "failed"; error: unknown };

/**
 * Loads something, and again when what it depends on changes. What was there stays until the new is there, also when that cannot be had
 * for the moment; then it is asked for again when the server is back.
 *
 * @returns What there is, and what asks again.
 */
export function useLoad<T>(work: (signal: AbortSignal) => Promise<T>, on: readonly unknown[]): [Loaded<T>, () => void] {
  const [loaded, set] = useState<Loaded<T>>({ state: "loading" });
  const [turn, again] = useState(0);
  const [waits, wait] = useState(false);
  const ask = useCallback(() => again((before) => before + 1), []);
  const live = connection.value === "live";
  useEffect(() => {
    const controller = new AbortController();
    const failed = (error: unknown): void => {
      if (controller.signal.aborted) return;
      const passing = error instanceof Problem && error.passing;
      wait(passing);
      set((before) => (passing && before.state === "there" ? before : { state: "failed", error }));
    };
    const there = (value: T): void => {
      if (controller.signal.aborted) return;
      wait(false);
      set({ state: "there", value });
    };
    work(controller.signal).then(there, failed);
    return () => controller.abort();
  }, [...on, turn]);
  useEffect(() => {
    if (live && waits) ask();
  }, [live]);
  return [loaded, ask];
}
