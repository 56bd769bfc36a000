/** @file Says that the server is away, when that lasts, without alarm: what is on the screen stays. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { connection } from "../live/board";
import { refused } from "../session";

const PATIENCE_MS = 1_500;

const shown = signal(false);

/** A line at the bottom while the server is away. */
export function Away(): JSX.Element {
  const here = connection.value === "live";
  useEffect(() => {
    if (here) {
      shown.value = false;
      return undefined;
    }
    const timer = setTimeout(() => (shown.value = true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [here]);
  return (
    <div class="away" role="status" data-shown={shown.value && !refused.value ? "" : undefined}>
      {shown.value && !refused.value && "The server is away. What you see is how it was; this page goes on by itself."}
    </div>
  );
}
