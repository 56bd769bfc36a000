/** @file What is known of a build besides its messages: its phases, the delivery, and its result. */

import type { ComponentChildren, JSX } from "preact";
import type { Build } from "../../api/types";
import { Time } from "../../ui/parts";
import { count, dollars, plural, stage } from "../../words";
import { phases } from "./messages";

const WORDS = { done: "done", now: "now", ahead: "to come", stopped: "ended here" };

/** The phases, in their order. */
export function Phases({ build }: { build: Build }): JSX.Element {
  return (
    <ol class="build-phases" aria-label="Phases">
      {phases(build).map((one) => (
        <li key={one.name} data-state={one.state} aria-current={one.state === "now" ? "step" : undefined}>
          {one.title} <span class="unseen">({WORDS[one.state]})</span>
        </li>
      ))}
    </ol>
  );
}

/** What became of the messages. */
export function Delivery({ build }: { build: Build }): JSX.Element {
  const { delivered, waiting, refused, expired, queued, trouble } = build.delivery;
  return (
    <section class="panel build-delivery" aria-label="Delivery to the orchestrator">
      <h2>Delivery to the orchestrator</h2>
      <dl>
        <Fact name="Delivered" value={`${count(delivered)} of ${count(queued)}`} />
        <Fact name="Waiting" value={count(waiting)} />
        <Fact name="Refused" value={count(refused)} />
        <Fact name="Expired" value={count(expired)} />
        {build.left_out > 0 && <Fact name="Left out" value={plural(build.left_out, "message")} />}
      </dl>
      {trouble && (
        <p class="build-trouble" role="status">
          {trouble}
        </p>
      )}
    </section>
  );
}

/** Where it is made, and what came of it. */
export function Facts({ build }: { build: Build }): JSX.Element {
  const result = Object.entries((build.result ?? {}) as Record<string, unknown>).filter(
    ([name, value]) => value !== null && name !== "workspace" && name !== "port",
  );
  return (
    <section class="panel build-facts" aria-label="About this build">
      <h2>About this build</h2>
      <dl>
        <Fact name="Run" value={<code>{build.id}</code>} />
        <Fact name="Pipeline" value={build.pipeline} />
        <Fact name="Workspace" value={<code>{build.workspace}</code>} />
        <Fact name="Port" value={String(build.port)} />
        {build.attempt > 1 && <Fact name="Attempt" value={count(build.attempt)} />}
        <Fact name="Asked for" value={<Time at={build.created} />} />
        <Fact name="Last change" value={<Time at={build.updated} />} />
        {result.map(([name, value]) => (
          <Fact key={name} name={RESULT[name] ?? stage(name)} value={inWords(name, value)} />
        ))}
      </dl>
    </section>
  );
}

const RESULT: Record<string, string> = { cost_usd: "Cost", served_by: "Served by", files: "Files", code: "Failure" };

function inWords(name: string, value: unknown): string {
  if (name === "cost_usd" && typeof value === "number") return dollars(value);
  if (typeof value === "number") return count(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function Fact({ name, value }: { name: string; value: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
