/** @file Numbers, times and states in words for people. */

import type { Kind, State } from "./api/types";

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

const numbers = new Intl.NumberFormat("en"); // Made once: it costs more than all else in here.

/** With separators: 60,512. */
export const count = (value: number): string => numbers.format(value);

/** One or many of something: `plural(1, "photo")` is "1 photo". */
export const plural = (value: number, word: string): string => `${count(value)} ${word}${value === 1 ? "" : "s"}`;

/** As 3.8 MB. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** As "1 min 20 s". */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** As "about 2 min left". */
export function remaining(seconds: number): string {
  if (seconds < 1) return "almost done";
  if (seconds < 10) return `about ${Math.ceil(seconds)} s left`;
  if (seconds < 90) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} min left`;
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** As "3 min ago". */
export function ago(time: string, now = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds / 10) * 10} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return plural(Math.floor(seconds / 86_400), "day") + " ago";
}

/** As $1.25, or $0.0113: small amounts are amounts, too. */
export function dollars(amount: number): string {
  return `$${amount > 0 && amount < 0.1 ? amount.toFixed(4) : amount.toFixed(2)}`;
}

/** As "Load photos" for load_photos. */
export function stage(name: string | null): string {
  const text = (name ?? "").replaceAll("_", " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** States as people say them. */
export const STATES: Record<State, string> = {
  queued: "Waiting",
  running: "Running",
  succeeded: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
  interrupted: "Interrupted",
  paused: "Paused",
};

/** Kinds as people say them. */
export const KINDS: Record<Kind, string> = { job: "3D model", build: "Build", project: "App" };

/** Says what a running thing is doing: "Matching · 4 of 12 · about 20 s left". */
export function doing(one: {
  state: State;
  step: string | null;
  done: number | null;
  total: number | null;
  remaining_s: number | null;
  queue_position: number;
  reason: string;
}): string {
  if (one.state === "queued") {
    const place = one.queue_position > 0 ? `Number ${count(one.queue_position)} in the queue` : "Begins as soon as there is room";
    return one.reason ? `${place}: ${one.reason}` : place;
  }
  if (one.state !== "running") return one.reason;
  const parts = [stage(one.step) || "Getting started"];
  if (one.done !== null && one.total !== null) parts.push(`${count(one.done)} of ${count(one.total)}`);
  if (one.remaining_s !== null) parts.push(remaining(one.remaining_s));
  return parts.join(" · ");
}
