/** @file The middle of the view: how far the job is, why there is no model, or the model; always of one size. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { isFinal, type Job } from "../../api/types";
import { at } from "../../base";
import { row } from "../../live/board";
import { Download, openTab } from "../../ui/download";
import { Button, LinkButton, Progress } from "../../ui/parts";
import { doing as words, plural } from "../../words";
import { isMadeUp } from "./facts";
import { Share } from "./share";
import { Viewer } from "./viewer";
import type { Doing } from "./watch";

/** It. */
export function Middle({ job, doing, result }: { job: Job; doing: Doing; result: Readonly<Record<string, unknown>> | null }): JSX.Element {
  if (doing.state === "succeeded") return <Model job={job} result={result} />;
  return (
    <section class="panel job-panel" aria-label={isFinal(doing.state) ? "Why there is no model" : "Progress"}>
      <div class="job-room">
        <div class="job-cover">{isFinal(doing.state) ? <Without doing={doing} engine={job.engine} /> : <Going id={job.id} doing={doing} />}</div>
      </div>
    </section>
  );
}

function Going({ id, doing }: { id: string; doing: Doing }): JSX.Element {
  // Others in the queue move it too; the board is told of each move.
  const live = row(id)?.value;
  const place = doing.state === "queued" && live?.state === "queued" ? live.queue_position : doing.queue_position;
  return (
    <>
      <p class="job-percent" aria-hidden="true">
        {doing.state === "queued" ? "Waiting" : `${Math.floor(doing.percent)} %`}
      </p>
      <Progress percent={doing.percent} label="How far the job is" />
      <p class="job-doing">{words({ ...doing, queue_position: place })}</p>
      <p class="hint">The model appears here. You can leave this page; the job goes on.</p>
    </>
  );
}

const TITLES: Record<string, string> = {
  failed: "No model came out of it",
  cancelled: "This job was cancelled",
  interrupted: "This job was interrupted",
};

function Without({ doing, engine }: { doing: Doing; engine: string }): JSX.Element {
  return (
    <>
      <h2>{TITLES[doing.state] ?? "There is no model"}</h2>
      {doing.reason && <p class="job-reason">{doing.reason.charAt(0).toUpperCase() + doing.reason.slice(1)}</p>}
      {doing.state === "failed" && engine !== "simulated" && (
        <ul class="job-advice">
          <li>Take 20 to 60 photos all around the thing, each showing two thirds of what the one before shows.</li>
          <li>Keep it still, in even light. Shiny, see-through and plain white surfaces are hard to match.</li>
          <li>Change the settings and retry, such as with a higher quality where the engine has one.</li>
        </ul>
      )}
      {doing.state !== "failed" && <p>The photos are kept: retry makes a new job of them.</p>}
    </>
  );
}

function Model({ job, result }: { job: Job; result: Readonly<Record<string, unknown>> | null }): JSX.Element {
  const [sharing, setSharing] = useState(false);
  const madeUp = isMadeUp(result);
  const alt = madeUp
    ? "A made-up planet in place of a model: the engine did not look at the photos"
    : `A 3D model made of ${plural(job.images, "photo")}; it can be turned with the arrow keys`;
  return (
    <section class="panel job-panel" aria-label="The model">
      <Viewer model={job.links.model} alt={alt} alone={job.links.view} />
      {madeUp && (
        <p class="job-made-up">
          <strong>This model is made up.</strong> The engine “{job.engine}” did not look at the photos; it shows how everything works. Change and retry it to choose
          another engine.
        </p>
      )}
      <div class="job-take">
        <Download href={job.links.model} name={`${job.id}.glb`} look="main">
          Download (.glb)
        </Download>
        <Button needs="run" onClick={() => setSharing(true)}>Share a link</Button>
        <LinkButton look="quiet" href={at(job.links.view)} target="_blank" rel="noopener" onClick={(event) => openTab(event, at(job.links.view))}>
          Open alone
        </LinkButton>
      </div>
      {sharing && <Share id={job.id} onClose={() => setSharing(false)} />}
    </section>
  );
}
