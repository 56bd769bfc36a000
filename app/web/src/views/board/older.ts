/** @file Rows that the board is no longer told of: what ended long ago, asked for page by page. */

import { type Signal, signal } from "@preact/signals";
import { api, need } from "../../api/client";
import { type Build, isFinal, type Job, type Kind, type Project, type Row } from "../../api/types";
import { order, row } from "../../live/board";
import { plural } from "../../words";

const PAGE = 200;
const BOARD = 500; // From that many on the server leaves out the oldest.
const NAME = 80;

const KINDS: readonly Kind[] = ["job", "build", "project"];

/** The ids of those that were loaded, the newest first. */
export const olderIds = signal<readonly string[]>([]);

/** Whether a page is being loaded. */
export const loadingOlder = signal(false);

const kept = new Map<string, Signal<Row>>();
const next = new Map<Kind, number | null>(); // Where a kind goes on; null when there is no more of it.
const ended = signal(false);

/** One of them. */
export function olderRow(id: string): Signal<Row> | undefined {
  return kept.get(id);
}

/** Whether there may be more than what is shown. */
export function mayHaveOlder(): boolean {
  return order.value.length >= BOARD && !ended.value;
}

/** Forgets one that was removed. */
export function forget(id: string): void {
  if (kept.delete(id)) olderIds.value = sorted();
}

/**
 * Loads the next of them, of all kinds.
 *
 * @throws Problem They could not be had.
 */
export async function loadOlder(): Promise<void> {
  if (loadingOlder.peek()) return;
  loadingOlder.value = true;
  try {
    let found = 0;
    // The first pages have what the board has, too.
    while (found === 0 && KINDS.some((kind) => next.get(kind) !== null)) {
      const pages = await Promise.all(KINDS.filter((kind) => next.get(kind) !== null).map(page));
      found = pages.reduce((sum, count) => sum + count, 0);
    }
    ended.value = KINDS.every((kind) => next.get(kind) === null);
    olderIds.value = sorted();
  } finally {
    loadingOlder.value = false;
  }
}

/** Loads one page of a kind; returns how many were new. */
async function page(kind: Kind): Promise<number> {
  const before = next.get(kind);
  const answer = await ASK[kind]({ limit: PAGE, ...(before == null ? {} : { before }) });
  next.set(kind, answer.next ?? null);
  const fresh = answer.rows.filter((one) => isFinal(one.state) && !row(one.id) && !kept.has(one.id));
  for (const one of fresh) kept.set(one.id, signal(one));
  return fresh.length;
}

function sorted(): string[] {
  const all = [...kept.values()].map((each) => each.peek());
  all.sort((a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : 0));
  return all.map((one) => one.id);
}

interface Query {
  limit: number;
  before?: number;
}

interface Page {
  rows: Row[];
  next: number | null | undefined;
}

const ASK: Record<Kind, (query: Query) => Promise<Page>> = {
  job: async (query) => {
    const answer = await need(api.GET("/jobs", { params: { query } }));
    return { rows: answer.jobs.map((one) => rowOfJob(one as Job)), next: answer.next };
  },
  build: async (query) => {
    const answer = await need(api.GET("/api/builds", { params: { query } }));
    return { rows: answer.builds.map((one) => rowOfBuild(one as Build)), next: answer.next };
  },
  project: async (query) => {
    const answer = await need(api.GET("/api/projects", { params: { query } }));
    return { rows: answer.projects.map((one) => rowOfProject(one as Project)), next: answer.next };
  },
};

/** A job as a row. */
export function rowOfJob(job: Job): Row {
  return { ...common(job), ...far(job), kind: "job", name: plural(job.images, "photo"), step: job.stage, by: job.engine, href: `/jobs/${job.id}` };
}

/** A build as a row. */
export function rowOfBuild(build: Build): Row {
  const cost = (build.result as { cost_usd?: unknown } | null | undefined)?.cost_usd;
  return {
    ...common(build),
    ...far(build),
    kind: "build",
    name: build.prompt.replace(/\s+/g, " ").trim().slice(0, NAME),
    step: build.stage,
    by: build.pipeline,
    cost_usd: typeof cost === "number" ? cost : null,
    href: `/api/builds/${encodeURIComponent(build.id)}`,
  };
}

/** A project as a row. */
export function rowOfProject(project: Project): Row {
  return {
    ...common(project),
    ...far(project.progress),
    kind: "project",
    name: project.name,
    step: project.step,
    by: project.generator,
    preview: project.preview.state as Row["preview"],
    cost_usd: project.usage.model ? project.usage.cost_usd : null,
    href: `/api/projects/${project.id}`,
  };
}

type Common = Pick<Row, "id" | "state" | "reason" | "queue_position" | "created" | "updated">;

function common(one: Common): Common & Pick<Row, "preview" | "cost_usd"> {
  const { id, state, reason, queue_position, created, updated } = one;
  return { id, state, reason, queue_position, created, updated, preview: null, cost_usd: null };
}

interface Far {
  percent: number;
  done?: number | null;
  total?: number | null;
  remaining_s?: number | null;
}

function far(one: Far): Pick<Row, "percent" | "done" | "total" | "remaining_s"> {
  return { percent: one.percent, done: one.done ?? null, total: one.total ?? null, remaining_s: one.remaining_s ?? null };
}
