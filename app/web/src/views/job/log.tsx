/** @file The log of a job, live: it stays at its end as long as one has not scrolled up. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { plural } from "../../words";
import type { Line } from "./watch";

const NEAR_PX = 24;

/** It. */
export function Log({ lines, dropped }: { lines: readonly Line[]; dropped: number }): JSX.Element {
  const [all, setAll] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const shown = all ? lines : lines.filter((line) => line.level !== "debug");
  const details = lines.length - lines.filter((line) => line.level !== "debug").length;
  useLayoutEffect(() => {
    if (atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [shown.length, all]);
  return (
    <section class="panel job-log" aria-labelledby="job-log-title">
      <div class="job-log-top">
        <h2 id="job-log-title">Log</h2>
        {details > 0 && (
          <label>
            <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} /> Details ({details})
          </label>
        )}
      </div>
      <div
        ref={box}
        class="job-lines"
        role="log"
        aria-live="off"
        aria-labelledby="job-log-title"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => (atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX)}
      >
        {dropped > 0 && <p class="job-line">{plural(dropped, "earlier line")} not shown.</p>}
        {shown.map((line) => (
          <p key={line.seq} class="job-line" data-level={line.level} data-seq={line.seq}>
            <time dateTime={line.time}>{clock(line.time)}</time>
            <span>
              {(line.level === "warning" || line.level === "error") && <strong>{line.level === "error" ? "Error: " : "Warning: "}</strong>}
              {line.message}
            </span>
          </p>
        ))}
      </div>
    </section>
  );
}

function clock(time: string): string {
  return new Date(time).toLocaleTimeString("en-GB");
}
