/** @file What a view asks the server for, and what became of it. */

import { useCallback, useEffect, useState } from "preact/hooks";

/** What was asked for: not there yet, there, or not to be had. */
export type Loaded<T> = { state: "loading" } | { state: "there"; value: T } | { state: "failed"; error: unknown };

/**
 * Loads something, and again when what it depends on changes. What was there stays until the new is there.
 *
 * @returns What there is, and what asks again.
 */
export function useLoad<T>(work: (signal: AbortSignal) => Promise<T>, on: readonly unknown[]): [Loaded<T>, () => void] {
  const [loaded, set] = useState<Loaded<T>>({ state: "loading" });
  const [turn, again] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    work(controller.signal).then(
      (value) => !controller.signal.aborted && set({ state: "there", value }),
      (error: unknown) => !controller.signal.aborted && set({ state: "failed", error }),
    );
    return () => controller.abort();
  }, [...on, turn]);
  return [loaded, useCallback(() => again((before) => before + 1), [])];
}
