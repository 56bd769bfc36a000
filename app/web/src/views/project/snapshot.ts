/** @file What a project's snapshot says: facts for the view, and what its events change until it is fetched again. */

import type { Event, Project } from "../../api/types";
import type { Used } from "./entries";

/** The types of events after which a project is worth being fetched. */
export const TELLING = /^(state|generation_|version_created|usage|server_|preview_ready|gap|error_occurred)/;

/** What may be used of a model; each part may be missing. */
export const PARTS = [
  { name: "cost_usd", title: "Cost in dollars", step: "any" },
  { name: "tokens", title: "Tokens", step: "1" },
  { name: "turns", title: "Turns", step: "1" },
  { name: "seconds", title: "Seconds of work", step: "1" },
] as const;

/** The name of such a part. */
export type Part = (typeof PARTS)[number]["name"];

/**
 * A project after events that are newer than it.
 *
 * Only what people watch from second to second; for the rest it is fetched.
 */
export function patched(project: Project, events: readonly Event[]): Project {
  let now = project;
  for (const { type, time, data } of events) {
    if (time <= now.updated) continue;
    if (type === "state") {
      const { state, reason = "", attempt = now.attempt, queue_position = 0 } = data;
      now = { ...now, updated: time, state, reason, attempt, queue_position };
    } else if (type === "progress") {
      const { stage, percent, done, total, remaining_s } = data;
      now = { ...now, updated: time, step: stage, progress: { percent, done, total, remaining_s } };
    }
  }
  return now;
}

/**
 * What a person would call it: what the app calls itself, else the project's name.
 *
 * @param known What it was called before, which a run that goes on or has failed does not say.
 */
export function title(project: Project, known = ""): string {
  return fact(project, "title") || known || project.name || project.id;
}

/** The stable word for why its run has not succeeded; empty when there is none. */
export function code(project: Project): string {
  return fact(project, "code");
}

function fact(project: Project, name: string): string {
  const value = (project.result as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === "string" ? value : "";
}

/** How much of a part of the budget is used. */
export function spent(project: Project, part: Part): number {
  const { input_tokens, output_tokens, cached_tokens, cost_usd, turns, seconds } = project.usage;
  return { cost_usd, turns, seconds, tokens: input_tokens + output_tokens + cached_tokens }[part];
}

/** What was set for a part of the budget; null for the server's own. */
export function allowed(project: Project, part: Part): number | null {
  return project.budget[part] ?? null;
}

/** The part of the budget that is used up; money where that cannot be told. */
export function reached(project: Project): Part {
  const full = PARTS.find(({ name }) => spent(project, name) >= (allowed(project, name) ?? Infinity));
  return full?.name ?? "cost_usd";
}

/** Twice what is used, in round numbers: what to propose where that was not enough. */
export function proposed(used: number): number {
  if (used <= 0) return 1;
  const scale = 10 ** Math.floor(Math.log10(used * 2));
  return Number((Math.ceil((used * 2) / scale) * scale).toPrecision(6));
}

/** What all runs have used. */
export function total(project: Project): Used {
  return { tokens: spent(project, "tokens"), turns: project.usage.turns, dollars: project.usage.cost_usd };
}
