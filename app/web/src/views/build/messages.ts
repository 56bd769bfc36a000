/** @file The messages of a build, in the pieces in which they are drawn, and what became of each (pure). */

import type { Build } from "../../api/types";

const PIECE = 100;

/** What a build has said to the orchestrator. */
export interface Message {
  /** It counts from 1. */
  readonly number: number;
  readonly type: string;
  readonly content: string;
  readonly timestamp: string;
}

/** Messages in pieces: all but the last are full, and never change again. */
export type Pieces = readonly (readonly Message[])[];

/** Adds messages; those that are there already are left out. Pieces that do not change stay the same objects. */
export function add(pieces: Pieces, messages: readonly Message[]): Pieces {
  let last = pieces.at(-1)?.at(-1)?.number ?? 0;
  const all = pieces.slice();
  let open: Message[] | null = null;
  for (const message of messages) {
    if (message.number <= last) continue;
    last = message.number;
    if (open === null) {
      const end = all.at(-1);
      open = end !== undefined && end.length < PIECE ? [...end] : [];
      if (open.length > 0) all.pop();
      all.push(open);
    } else if (open.length >= PIECE) {
      open = [];
      all.push(open);
    }
    open.push(message);
  }
  return open === null ? pieces : all;
}

/** How many there are. */
export function countOf(pieces: Pieces): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

/** What became of a message: it waits; it was delivered; or it was dealt with, and perhaps given up. */
export type Fate = "waiting" | "delivered" | "settled";

/** Finds what became of one: they are delivered in order, each when the one before is dealt with. */
export function fate(number: number, delivery: Build["delivery"]): Fate {
  const given = delivery.refused + delivery.expired;
  if (number > delivery.delivered + given) return "waiting";
  return given === 0 ? "delivered" : "settled";
}

/** A phase of a build, as it is shown. */
export interface Phase {
  readonly name: string;
  readonly title: string;
  readonly state: "done" | "now" | "ahead" | "stopped";
}

const PHASES: readonly (readonly [string, string])[] = [
  ["pipeline", "Make the app"],
  ["transform", "Place it"],
  ["install", "Install"],
  ["build", "Build"],
  ["start", "Start"],
];

/** The phases, and how far the build is in them. */
export function phases(build: Pick<Build, "state" | "stage">): Phase[] {
  const at = PHASES.findIndex(([name]) => name === build.stage);
  const goes = build.state === "running" || build.state === "queued";
  return PHASES.map(([name, title], index) => {
    if (build.state === "succeeded" || index < at) return { name, title, state: "done" };
    if (index > at) return { name, title, state: "ahead" };
    return { name, title, state: goes ? "now" : "stopped" };
  });
}

/** Whether the app may be there to be seen: its start was asked for. */
export function isStarted(build: Pick<Build, "state" | "stage">): boolean {
  return build.state === "succeeded" || (build.state === "running" && build.stage === "start");
}
