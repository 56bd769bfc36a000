/** @file All that runs, live: one socket for all rows, and a signal for each, so that a change redraws that row alone. */

import { batch, type Signal, signal } from "@preact/signals";
import { api, need, Problem } from "../api/client";
import { isFinal, type Row } from "../api/types";
import { refused, signIns } from "../session";
import { type Connection, LiveSocket, restartAll } from "./socket";

const SILENCE_MS = 45_000;

interface Rows {
  type: "rows";
  complete: boolean;
  rows: Row[];
  removed: string[];
}

/** How the board's connection is. */
export const connection = signal<Connection>("connecting");

/** The ids of all rows: what has not ended first, then the newest first. */
export const order = signal<readonly string[]>([]);

/** Whether anything was heard yet. */
export const loaded = signal(false);

const rows = new Map<string, Signal<Row>>();
let socket: LiveSocket | null = null;
let waiting: Rows[] = [];
let frame = 0;

/** A row; undefined when there is none of that id, or no longer. */
export function row(id: string): Signal<Row> | undefined {
  return rows.get(id);
}

/** Follows the board until the page is left, and again after each sign-in. */
export function followBoard(): void {
  signIns.subscribe(() => {
    socket?.close();
    socket = new LiveSocket({
      path: () => "/ws",
      silenceMs: SILENCE_MS,
      onMessage: take,
      onConnection: (now) => (connection.value = now),
      mayRetry: mayRetry,
      onSilence: restartAll,
    });
  });
}

/** A browser does not tell why a socket was refused; a request does. */
async function mayRetry(): Promise<boolean> {
  try {
    await need(api.GET("/health/ready"));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return false;
  }
  return !refused.value;
}

function take(message: unknown): void {
  const said = message as Rows | { type: "alive" };
  if (said.type !== "rows") return;
  waiting.push(said);
  // At most once a frame, however many come; a page that is not looked at draws no frames, and needs none.
  frame ||= requestAnimationFrame(apply);
  if (waiting.length > 50) apply();
}

function apply(): void {
  cancelAnimationFrame(frame);
  frame = 0;
  const all = waiting;
  waiting = [];
  batch(() => {
    let moved = false;
    for (const said of all) moved = merge(said) || moved;
    if (moved || !loaded.value) order.value = sorted();
    loaded.value = true;
  });
}

/** Takes what was said; returns whether the order may have changed. */
function merge(said: Rows): boolean {
  let moved = said.complete || said.removed.length > 0;
  if (said.complete) {
    const there = new Set(said.rows.map((one) => one.id));
    for (const id of rows.keys()) if (!there.has(id)) rows.delete(id);
  }
  for (const id of said.removed) rows.delete(id);
  for (const one of said.rows) {
    const known = rows.get(one.id);
    if (known === undefined || rank(known.peek()) !== rank(one) || known.peek().created !== one.created) moved = true;
    if (known === undefined) rows.set(one.id, signal(one));
    else known.value = one;
  }
  return moved;
}

function rank(one: Row): number {
  return isFinal(one.state) ? 1 : 0;
}

function sorted(): string[] {
  const all = [...rows.values()].map((each) => each.peek());
  all.sort((a, b) => rank(a) - rank(b) || (a.created < b.created ? 1 : a.created > b.created ? -1 : 0));
  return all.map((one) => one.id);
}
