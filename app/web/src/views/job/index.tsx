/** @file One job: how far it is, what it says, and the model when there is one. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, need, Problem } from "../../api/client";
import { isFinal, type Job } from "../../api/types";
import { loaded as boardThere, order, row } from "../../live/board";
import { follow } from "../../live/follow";
import { to } from "../../router";
import { useLoad } from "../../ui/load";
import { Empty, LinkButton, Loading, Trouble } from "../../ui/parts";
import { plural } from "../../words";
import { Aside } from "./aside";
import { Header } from "./header";
import { Log } from "./log";
import { Middle } from "./middle";
import { type Doing, doingOf, fold, NEW, type Watch } from "./watch";
import "./job.css";

/** The view. */
export function JobView({ id }: { id: string }): JSX.Element {
  const [loaded, again] = useLoad((signal) => need(api.GET("/jobs/{id}", { params: { path: { id } }, signal })), [id]);
  if (loaded.state === "loading") return <Loading label="Asking for the job" />;
  if (loaded.state === "there") return <There job={loaded.value} again={again} />;
  if (loaded.error instanceof Problem && loaded.error.status === 404) return <Gone />;
  return <Trouble error={loaded.error} again={again} />;
}

function There({ job, again }: { job: Job; again: () => void }): JSX.Element {
  const { watch, gone } = useWatch(job.id);
  useEffect(() => {
    // What it ended with is told, and the rest of it asked for.
    if (watch.ended && !isFinal(job.state)) again();
  }, [watch.ended]);
  // Read, so that this is drawn again when the board has other rows.
  const shown = order.value.includes(job.id) && row(job.id) !== undefined;
  useEffect(() => {
    // It was removed, perhaps elsewhere; or it is only too old for the board.
    if (boardThere.value && !shown && isFinal(job.state)) again();
  }, [shown]);
  useEffect(() => {
    document.title = `3D model of ${plural(job.images, "photo")} · Callboard`;
  }, [job.images]);
  if (gone) return <Gone />;
  const doing = newer(job, watch);
  const result = (job.result ?? watch.result) as Readonly<Record<string, unknown>> | null;
  return (
    <div class="job">
      <Header job={job} doing={doing} />
      <div class="job-columns">
        <div class="job-main">
          <Middle job={job} doing={doing} result={result} />
          <Log lines={watch.lines} dropped={watch.dropped} />
        </div>
        <Aside job={job} result={result} stages={watch.stages} />
      </div>
    </div>
  );
}

/** Follows the job; what is kept of its past comes first, all at once. */
function useWatch(id: string): { watch: Watch; gone: boolean } {
  const [watch, set] = useState<Watch>(NEW);
  const [gone, setGone] = useState(false);
  useEffect(
    () =>
      follow(id, {
        onEvents: (events) => set((before) => fold(before, events)),
        onGone: (problem) => setGone(problem.status === 404),
      }),
    [id],
  );
  return { watch, gone };
}

/** While the past is told, what the job said when it was asked is newer. */
function newer(job: Job, watch: Watch): Doing {
  return watch.time < job.updated && !watch.ended ? doingOf(job) : watch.doing;
}

function Gone(): JSX.Element {
  return (
    <Empty title="There is no such job here">
      <p>It was removed, or the address is not complete. What was shared of it can no longer be seen either.</p>
      <LinkButton look="main" href={to.board}>
        Go to the board
      </LinkButton>
    </Empty>
  );
}
