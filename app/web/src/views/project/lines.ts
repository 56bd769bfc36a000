/** @file The lines that a project's tools and its app have printed, as far as a page needs them. */

import { size } from "../../words";

/** How many lines are kept; the oldest go first. */
export const MOST_LINES = 2000;

/** A line that was printed. */
export interface LogLine {
  readonly time: string;
  readonly source: string;
  readonly text: string;
}

/** What was read so far. */
export interface Printed {
  readonly lines: readonly LogLine[];
  /** Where to go on. */
  readonly next: number;
  /** What is said above the lines: that there was more. */
  readonly before: string;
  /** Whether all that was printed has been read. */
  readonly complete: boolean;
}

/** Nothing. */
export const UNREAD: Printed = { lines: [], next: 0, before: "", complete: false };

/** Takes a page of the log. */
export function read(before: Printed, page: { lines: readonly LogLine[]; next: number; missed: number }): Printed {
  const complete = page.lines.length === 0 || page.next === before.next;
  if (complete && before.complete && page.missed === 0) return before;
  const all = [...before.lines, ...page.lines];
  const cut = all.length > MOST_LINES;
  const missed = page.missed > 0 ? `${size(page.missed)} that were printed before are no longer kept.` : before.before;
  const lines = cut ? all.slice(-MOST_LINES) : all;
  return { lines, next: page.next, complete, before: cut ? "Only the newest lines are shown." : missed };
}

/** A line as it is shown: "10:03:55 install  Packages: +13". */
export function shown({ time, source, text }: LogLine): string {
  const clock = new Date(time).toLocaleTimeString("en-GB");
  return `${clock} ${source}  ${plain(text)}`;
}

/** Without the codes that colour a terminal. */
export function plain(text: string): string {
  return text.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g, "");
}
