/** @file Reads a difference in the unified format, and finds what has changed within a line. Pure. */

import { linesOf } from "../../../code/lines";

/** A line of a difference. */
export interface DiffLine {
  /** `note` is what a tool says of the line before, such as that it has no end. */
  readonly kind: "same" | "added" | "removed" | "note";
  readonly text: string;
  /** Its number before; null where it was not. */
  readonly before: number | null;
  /** Its number after; null where it is no more. */
  readonly after: number | null;
  /** The part of the text that differs from the line that it stands for, as from and until; null for all of it. */
  readonly part: readonly [number, number] | null;
}

/** Lines that belong together. */
export interface Hunk {
  /** The first line before and after, for people. */
  readonly before: number;
  readonly after: number;
  readonly lines: readonly DiffLine[];
}

type Growing = { before: number; after: number; lines: DiffLine[] };

const HEAD = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;
const KINDS: Readonly<Record<string, DiffLine["kind"]>> = { " ": "same", "+": "added", "-": "removed", "\\": "note" };

/** Reads the difference of one file. What comes before the first hunk are the file's names, which are known. */
export function hunksOf(text: string): Hunk[] {
  const hunks: Growing[] = [];
  let before = 0;
  let after = 0;
  for (const line of linesOf(text).lines) {
    const head = HEAD.exec(line);
    const hunk = hunks.at(-1);
    if (head !== null) {
      before = Number(head[1]);
      after = Number(head[2]);
      hunks.push({ before, after, lines: [] });
    } else if (hunk !== undefined) {
      const kind = KINDS[line[0] ?? " "] ?? "note";
      const isOld = kind === "same" || kind === "removed";
      const isNew = kind === "same" || kind === "added";
      hunk.lines.push({ kind, text: line.slice(1), before: isOld ? before++ : null, after: isNew ? after++ : null, part: null });
    }
  }
  return hunks.map((hunk) => ({ ...hunk, lines: compared(hunk.lines) }));
}

/** Says of lines that were replaced by as many others what has changed within them. */
function compared(lines: readonly DiffLine[]): DiffLine[] {
  const all = [...lines];
  let from = 0;
  while (from < all.length) {
    const removed = run(all, from, "removed");
    const added = run(all, from + removed, "added");
    if (removed > 0 && removed === added) for (let i = from; i < from + removed; i += 1) pair(all, i, i + removed);
    from += Math.max(1, removed + added);
  }
  return all;
}

function run(lines: readonly DiffLine[], from: number, kind: DiffLine["kind"]): number {
  let until = from;
  while (lines[until]?.kind === kind) until += 1;
  return until - from;
}

function pair(lines: DiffLine[], old: number, now: number): void {
  const [a, b] = [lines[old], lines[now]];
  if (a === undefined || b === undefined) return;
  const parts = differing(a.text, b.text);
  if (parts === null) return;
  lines[old] = { ...a, part: parts[0] };
  lines[now] = { ...b, part: parts[1] };
}

/**
 * Finds the middle in which two lines differ.
 *
 * @returns Of each its from and until; null when they have too little in common for that to say anything.
 */
export function differing(a: string, b: string): readonly [readonly [number, number], readonly [number, number]] | null {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  // What is the same at the beginning is often no more than the indent.
  const same = a.slice(0, start).trim().length + a.slice(a.length - end).trim().length;
  if (same * 3 < Math.max(a.trim().length, b.trim().length)) return null;
  return [
    [start, a.length - end],
    [start, b.length - end],
  ];
}
