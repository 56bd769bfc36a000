/** @file The versions of a project, the newest first, from as many pages as were asked for. */

import type { components } from "../../../api/schema";

/** A version, as the server lists it. */
export type Version = components["schemas"]["VersionModel"];

/** Versions that are known. */
export interface Versions {
  readonly versions: readonly Version[];
  /** What asks for older ones; null when there are none. */
  readonly next: string | null;
}

/** Which version a version is: 3 for v3. */
export function numberOf(id: string): number {
  return Number(/^v(\d+)$/.exec(id)?.[1] ?? 0);
}

/**
 * Adds the newest versions to those that are known.
 *
 * The older ones that somebody has asked for stay; unless there are so many new ones that some between are not known.
 */
export function withNewest(known: Versions | null, newest: Versions): Versions {
  const oldest = numberOf(newest.versions.at(-1)?.id ?? "");
  const isWhole = known?.versions.some(({ id }) => numberOf(id) >= oldest);
  if (known === null || newest.next === null || !isWhole) return newest;
  const older = known.versions.filter(({ id }) => numberOf(id) < oldest);
  return { versions: [...newest.versions, ...older], next: older.length > 0 ? known.next : newest.next };
}

/** Adds older versions to those that are known. */
export function withOlder(known: Versions, older: Versions): Versions {
  const last = numberOf(known.versions.at(-1)?.id ?? "");
  const further = older.versions.filter(({ id }) => numberOf(id) < last);
  return { versions: [...known.versions, ...further], next: older.next };
}
