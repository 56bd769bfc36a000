/** @file The photos that were picked and are not yet a job, and the upload that goes on: both stay while one looks elsewhere in the page. */

import { signal } from "@preact/signals";
import { count, plural } from "../words";
import { byPath, MOST_FILES, type Picked } from "./gather";
import { type Limits, refusal } from "./limits";
import type { Upload } from "./upload";

/** A photo that was picked. */
export interface Photo {
  readonly key: string;
  readonly file: File;
  readonly path: string;
}

/** What was left out of what was picked, and why. */
export interface LeftOut {
  readonly name: string;
  readonly problem: string;
}

/** All photos that were picked. */
export const photos = signal<readonly Photo[]>([]);

/** What of the last pick was left out. */
export const leftOut = signal<readonly LeftOut[]>([]);

/** The upload that goes on. */
export const current = signal<Upload | null>(null);

const CUT: LeftOut = {
  name: `More than ${count(MOST_FILES)} files`,
  problem: `Only the first ${count(MOST_FILES)} that were found were looked at. Drop the others by themselves.`,
};

let last = 0;

/**
 * Adds files that were picked: those that can be sent, each once.
 *
 * @returns What was done, in words.
 */
export function add({ found, cut }: Picked, limits: Limits): string {
  const known = new Set(photos.peek().map(identity));
  const added: Photo[] = [];
  const refused: LeftOut[] = cut ? [CUT] : [];
  let twice = 0;
  for (const one of [...found].sort(byPath)) {
    const problem = one.file === null ? one.problem : refusal(one.file, limits);
    if (one.file === null || problem) refused.push({ name: one.path, problem });
    else if (known.has(identity(one))) twice += 1;
    else {
      known.add(identity(one));
      added.push({ key: `photo-${++last}`, ...one });
    }
  }
  photos.value = [...photos.peek(), ...added];
  leftOut.value = refused;
  const parts = [found.length === 0 ? "There was no file in it" : `${plural(added.length, "photo")} added`];
  if (twice > 0) parts.push(`${twice} ${twice === 1 ? "was" : "were"} there already`);
  if (refused.length > 0) parts.push(`${refused.length} left out`);
  return `${parts.join(", ")}.`;
}

/** Takes a photo out again. */
export function remove(key: string): void {
  photos.value = photos.peek().filter((photo) => photo.key !== key);
}

/** Takes all out again. */
export function clear(): void {
  photos.value = [];
  leftOut.value = [];
}

function identity(one: { file: File; path: string }): string {
  return `${one.path}\n${one.file.size}\n${one.file.lastModified}`;
}
