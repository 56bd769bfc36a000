/** @file What a project's tools and its app print, followed while it is shown. */

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { api, need } from "../../api/client";
import { Button, Empty, Trouble } from "../../ui/parts";
import { type Printed, read, shown, UNREAD } from "./lines";
import { useFollowing } from "./scroll";

const PAGE_LINES = 1000;
const PAUSE_MS = 1500;
const TROUBLE_MS = 4000;

/** The log; `tail` shows that many of its last lines only. */
export function Log({ id, tail }: { id: string; tail?: number }): JSX.Element {
  const { printed, error } = usePrinted(id);
  const text = useMemo(() => printed.lines.slice(tail ? -tail : 0).map(shown).join("\n"), [printed, tail]);
  const { element, atEnd, toEnd, onScroll } = useFollowing<HTMLPreElement>([text]);
  const empty = printed.complete && printed.lines.length === 0;
  return (
    <div class="project-log" data-tail={tail ? "" : undefined}>
      {error !== null && <Trouble error={error} />}
      {!tail && printed.before && <p class="project-hint">{printed.before}</p>}
      {empty && !tail && (
        <Empty title="Nothing was printed yet">
          <p>Here is what commands and the app's own server print: the installation of packages, errors, requests.</p>
        </Empty>
      )}
      {(!empty || tail) && (
        <pre class="log" ref={element} onScroll={onScroll} tabIndex={0} aria-label="What was printed">
          {empty ? "Nothing was printed yet." : text}
        </pre>
      )}
      {!atEnd && (
        <Button class="project-newest" onClick={toEnd}>
          To the newest
        </Button>
      )}
    </div>
  );
}

/** Reads the log page by page, and then what is added. */
function usePrinted(id: string): { printed: Printed; error: unknown } {
  const [printed, set] = useState(UNREAD);
  const [error, fail] = useState<unknown>(null);
  useEffect(() => {
    let timer = 0;
    let now = UNREAD;
    const controller = new AbortController();
    const ask = async (): Promise<number> => {
      if (document.visibilityState === "hidden") return PAUSE_MS;
      const query = { after: now.next, limit: PAGE_LINES };
      const { signal } = controller;
      now = read(now, await need(api.GET("/api/projects/{id}/log", { params: { path: { id }, query }, signal })));
      set(now);
      fail(null);
      return now.complete ? PAUSE_MS : 0;
    };
    const go = (): void => {
      ask()
        .catch((problem: unknown) => {
          if (!controller.signal.aborted) fail(problem);
          return TROUBLE_MS;
        })
        .then((pause) => {
          if (!controller.signal.aborted) timer = window.setTimeout(go, pause);
        });
    };
    go();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [id]);
  return { printed, error };
}
