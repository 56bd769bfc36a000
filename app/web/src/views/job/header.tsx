/** @file What a job is, where it is, and what can be done with it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { send } from "../../api/client";
import { isFinal, type Job } from "../../api/types";
import { go, to } from "../../router";
import { confirm } from "../../ui/dialog";
import { Button, State, Time } from "../../ui/parts";
import { attempt, say } from "../../ui/toasts";
import { plural, STATES } from "../../words";
import { Again, retry } from "./again";
import type { Doing } from "./watch";

/** The head of the view. */
export function Header({ job, doing }: { job: Job; doing: Doing }): JSX.Element {
  return (
    <header class="job-head">
      <div class="job-title">
        <h1>A 3D model of {plural(job.images, "photo")}</h1>
        <p class="job-line-up">
          <State state={doing.state} />
          <span class="job-engine">{job.engine}</span>
          {doing.attempt > 1 && <span data-attempt={doing.attempt}>attempt {doing.attempt}</span>}
          <Time at={job.created} />
        </p>
        <p class="unseen" role="status">
          {`${STATES[doing.state]}${doing.attempt > 1 ? `, attempt ${doing.attempt}` : ""}`}
        </p>
      </div>
      <Actions job={job} doing={doing} />
    </header>
  );
}

function Actions({ job, doing }: { job: Job; doing: Doing }): JSX.Element {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    await attempt(work);
    setBusy(false);
  };
  if (!isFinal(doing.state)) {
    return (
      <div class="job-actions">
        <Button look="danger" needs="run" busy={busy} onClick={() => void run(() => cancel(job))}>
          Cancel
        </Button>
      </div>
    );
  }
  return (
    <div class="job-actions">
      <Button look={doing.state === "succeeded" ? "plain" : "main"} needs="run" busy={busy} onClick={() => void run(() => retry(job.id))}>
        Retry
      </Button>
      <Button needs="run" onClick={() => setAsking(true)}>Change and retry</Button>
      <Button look="danger" needs="admin" busy={busy} onClick={() => void run(() => remove(job))}>
        Remove
      </Button>
      {asking && <Again job={job} onClose={() => setAsking(false)} />}
    </div>
  );
}

async function cancel(job: Job): Promise<void> {
  const sure = await confirm("Cancel this job?", "What it has done so far is given up. The photos are kept, and it can be tried again.", "Cancel the job");
  if (sure) await send(`/jobs/${encodeURIComponent(job.id)}?cancel_only=true`, { method: "DELETE" });
}

async function remove(job: Job): Promise<void> {
  const text = `Its ${plural(job.images, "photo")} and its model go with it, and links to it that were shared end. This cannot be undone.`;
  if (!(await confirm("Remove this job?", text, "Remove it"))) return;
  await send(`/jobs/${encodeURIComponent(job.id)}`, { method: "DELETE" });
  say("The job was removed.");
  go(to.board);
}
