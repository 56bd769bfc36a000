/** @file How much of each kind runs and waits, and how much may. */

import type { JSX } from "preact";
import { to } from "../../router";
import { count } from "../../words";
import type { State, Use } from "./ready";
import { sentence } from "./words";

/** Draws it. */
export function UsePanel({ state }: { state: State }): JSX.Element {
  return (
    <section class="panel server-use" aria-labelledby="server-use">
      <h2 id="server-use">Use and limits</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col">Running</th>
            <th scope="col">Waiting</th>
          </tr>
        </thead>
        <tbody>
          <Line title="3D models" kind="job" use={state.jobs} />
          <Line title="Builds" kind="build" use={state.builds} />
          <Line title="Apps" kind="project" use={state.projects} />
        </tbody>
      </table>
      {state.projects_trouble && <p class="server-warn">No app can be made. {sentence(state.projects_trouble)}</p>}
    </section>
  );
}

function Line({ title, kind, use }: { title: string; kind: string; use: Use }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        <a href={`${to.board}?kind=${kind}`}>{title}</a>
      </th>
      <td>
        <Meter now={use.running} most={use.running_limit} label={`${title} that run`} />
      </td>
      <td>
        <Meter now={use.queued} most={use.queued_limit} label={`${title} that wait`} />
      </td>
    </tr>
  );
}

function Meter({ now, most, label }: { now: number; most: number; label: string }): JSX.Element {
  const part = most > 0 ? Math.min(1, now / most) : 0;
  return (
    <div class="server-meter" data-full={part === 1 ? "" : undefined}>
      <span>
        {count(now)} <span class="server-soft">of {count(most)}</span>
      </span>
      <div role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={most} aria-valuenow={now}>
        <div class="server-part" style={{ transform: `scaleX(${part})` }} />
      </div>
    </div>
  );
}
