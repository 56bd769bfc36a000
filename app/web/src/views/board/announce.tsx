/** @file Says to who does not see the page what has ended, a few seconds' worth at a time. */

import { effect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { isFinal, type State } from "../../api/types";
import { order, row } from "../../live/board";
import { count, STATES } from "../../words";

const PAUSE_MS = 4_000;
const BY_NAME = 3;

/** A line that is read out, and not seen. */
export function Announcer(): JSX.Element {
  const [text, say] = useState("");
  useEffect(() => {
    const before = new Map<string, State>();
    let ended: string[] = [];
    let timer = 0;
    const tell = (): void => {
      timer = 0;
      say(ended.length > BY_NAME ? `${count(ended.length)} have ended.` : ended.join(" "));
      ended = [];
    };
    const stop = effect(() => {
      for (const id of order.value) {
        const one = row(id)?.value;
        if (one === undefined) continue;
        const known = before.get(id);
        before.set(id, one.state);
        if (known && !isFinal(known) && isFinal(one.state)) ended.push(`${one.name}: ${STATES[one.state]}.`);
      }
      if (before.size > 2 * order.value.length + BY_NAME) for (const id of before.keys()) if (!row(id)) before.delete(id);
      if (ended.length > 0) timer ||= window.setTimeout(tell, PAUSE_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
  return (
    <p class="unseen" role="status">
      {text}
    </p>
  );
}
