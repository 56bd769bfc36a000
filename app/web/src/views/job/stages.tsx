/** @file The stages of a job's present attempt, each with how long it took. */

import type { JSX } from "preact";
import { duration, stage as words } from "../../words";
import type { Stage } from "./watch";

/** They; nothing before the first. */
export function Stages({ stages }: { stages: readonly Stage[] }): JSX.Element | null {
  if (stages.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="job-stages-title">
      <h2 id="job-stages-title">Stages</h2>
      <ol class="job-stages">
        {stages.map((stage) => (
          <li key={stage.name} data-now={stage.ended ? undefined : ""}>
            <span>{words(stage.name)}</span>
            <span class="job-took">{stage.ended ? took(stage) : counts(stage)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function took(stage: Stage): string {
  return duration((Date.parse(stage.ended ?? stage.began) - Date.parse(stage.began)) / 1000);
}

function counts(stage: Stage): string {
  return stage.done !== null && stage.total !== null ? `${stage.done} of ${stage.total}` : "now";
}
