/** @file What the events of a job add up to. Nothing in here draws, so that it can be tested alone. */

import { type Event, isFinal, type Job, type State } from "../../api/types";
import { STATES } from "../../words";

const MOST_LINES = 2_000;

/** A line of the log. */
export interface Line {
  readonly seq: number;
  readonly time: string;
  /** `mark` is of the job itself: it began, it ended. */
  readonly level: "debug" | "info" | "warning" | "error" | "mark";
  readonly message: string;
}

/** A stage of the present attempt. */
export interface Stage {
  readonly name: string;
  readonly began: string;
  readonly ended: string | null;
  readonly done: number | null;
  readonly total: number | null;
}

/** How far it is. */
export interface Doing {
  readonly state: State;
  readonly reason: string;
  readonly attempt: number;
  readonly step: string | null;
  readonly percent: number;
  readonly done: number | null;
  readonly total: number | null;
  readonly remaining_s: number | null;
  readonly queue_position: number;
}

/** All that the events have said. */
export interface Watch {
  /** The newest event that was taken: none is taken twice. */
  readonly last: number;
  readonly time: string;
  readonly doing: Doing;
  readonly stages: readonly Stage[];
  readonly lines: readonly Line[];
  /** Lines that are not shown, since there are too many. */
  readonly dropped: number;
  readonly ended: boolean;
  readonly result: Readonly<Record<string, unknown>> | null;
}

const NOTHING: Doing = {
  ...{ state: "queued", reason: "", attempt: 0, step: null, percent: 0 },
  ...{ done: null, total: null, remaining_s: null, queue_position: 0 },
};

/** Before the first event. */
export const NEW: Watch = { last: 0, time: "", doing: NOTHING, stages: [], lines: [], dropped: 0, ended: false, result: null };

/** What a job's own description says of how far it is. */
export function doingOf(job: Job): Doing {
  return {
    ...{ state: job.state, reason: job.reason, attempt: job.attempt, step: job.stage || null, percent: job.percent },
    ...{ done: job.done ?? null, total: job.total ?? null, remaining_s: job.remaining_s ?? null, queue_position: job.queue_position },
  };
}

/** Takes events; those that were taken before change nothing. */
export function fold(watch: Watch, events: readonly Event[]): Watch {
  let now = watch;
  let lines: Line[] | null = null; // Copied once for all of them.
  for (const event of events) {
    // The stream begins again: the server's data was put back from a copy.
    if (event.seq === 1 && now.last > 0) {
      now = NEW;
      lines = [];
    }
    if (event.seq <= now.last) continue;
    const said = lineOf(now, event);
    now = { ...step(now, event), last: event.seq, time: event.time };
    if (said) (lines ??= [...now.lines]).push(said);
  }
  if (lines === null) return now;
  const surplus = Math.max(0, lines.length - MOST_LINES);
  return { ...now, lines: lines.slice(surplus), dropped: now.dropped + surplus };
}

function step(watch: Watch, event: Event): Watch {
  const { data } = event;
  switch (event.type) {
    case "state":
      return moved(watch, event);
    case "progress":
      return advanced(watch, event);
    case "gap":
      return { ...watch, doing: doingOf(data["snapshot"] as Job), stages: [] };
    case "end":
      return { ...moved(watch, event), ended: true, result: (data["result"] as Watch["result"]) ?? null };
    default:
      return watch;
  }
}

function moved(watch: Watch, { data, time }: Event): Watch {
  const state = (data["state"] as State | undefined) ?? watch.doing.state;
  const attempt = (data["attempt"] as number | undefined) ?? watch.doing.attempt;
  const again = state === "running" && attempt !== watch.doing.attempt;
  const before = again || state === "queued" ? NOTHING : watch.doing;
  const doing: Doing = {
    ...before,
    ...{ state, attempt, reason: (data["reason"] as string | undefined) ?? "" },
    ...{ queue_position: (data["queue_position"] as number | undefined) ?? 0, remaining_s: null },
    percent: state === "succeeded" ? 100 : before.percent,
  };
  const stages = again ? [] : isFinal(state) ? watch.stages.map((stage) => ({ ...stage, ended: stage.ended ?? time })) : watch.stages;
  return { ...watch, doing, stages };
}

function advanced(watch: Watch, { data, time }: Event): Watch {
  const name = String(data["stage"] ?? "");
  const counts = { done: (data["done"] as number | null) ?? null, total: (data["total"] as number | null) ?? null };
  const doing: Doing = {
    ...watch.doing,
    ...counts,
    ...{ step: name, percent: (data["percent"] as number | undefined) ?? 0, remaining_s: (data["remaining_s"] as number | null) ?? null },
    attempt: (data["attempt"] as number | undefined) ?? watch.doing.attempt,
  };
  const before = watch.stages.filter((stage) => stage.name !== name);
  const known = watch.stages.find((stage) => stage.name === name);
  const others = known ? before : before.map((stage) => ({ ...stage, ended: stage.ended ?? time }));
  const mine: Stage = { name, began: known?.began ?? time, ended: null, ...counts };
  // A stage that comes again stays in its place.
  const stages = known ? watch.stages.map((stage) => (stage === known ? mine : stage)) : [...others, mine];
  return { ...watch, doing, stages };
}

function lineOf(watch: Watch, event: Event): Line | null {
  const { seq, time, data } = event;
  const line = (level: Line["level"], message: string): Line => ({ seq, time, level, message });
  if (event.type === "log") return line((data["level"] as Line["level"] | undefined) ?? "info", String(data["message"] ?? ""));
  if (event.type === "gap") {
    const missed = Number(data["missed_to"]) - Number(data["missed_from"]) + 1;
    return line("mark", `${missed} earlier events are no longer kept.`);
  }
  if (event.type !== "state") return null;
  const state = data["state"] as State;
  const attempt = Number(data["attempt"] ?? 0);
  if (state === watch.doing.state && attempt === watch.doing.attempt && watch.last > 0) return null;
  const reason = data["reason"] && data["reason"] !== watch.doing.reason ? `: ${String(data["reason"])}` : "";
  return line("mark", `${titleOf(state, attempt)}${reason}`);
}

function titleOf(state: State, attempt: number): string {
  if (state === "queued") return attempt > 0 ? "Waits for another attempt" : "Accepted, waits for its turn";
  if (state === "running") return attempt > 1 ? `Attempt ${attempt} begins` : "Begins";
  return STATES[state] ?? state;
}
