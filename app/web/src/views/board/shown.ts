/** @file What the board shows at the moment: all rows, sifted by the filter in the address. */

import { computed, signal } from "@preact/signals";
import type { Row } from "../../api/types";
import { order, row } from "../../live/board";
import { place } from "../../router";
import { type Counts, isSame, read, sift, summary } from "./filter";
import { olderIds, olderRow } from "./older";

/** The filter. */
export const filter = computed(() => read(place.value.query));

/** The row that one is at; null when none. */
export const chosen = signal<string | null>(null);

/** What the filter lets through, with counts of what it does not. */
export const sifted = computed(() => sift(all(), filter.value));

let last: readonly string[] = [];

/** The ids of the rows that are shown; the same list as before when nothing came, went or moved. */
export const shown = computed(() => {
  const now = sifted.value.ids;
  if (now.length !== last.length || now.some((id, index) => id !== last[index])) last = now;
  return last;
});

let lastCounts: Counts | null = null;

/** How many rows there are behind each choice; the same as before when no number changed. */
export const counts = computed(() => {
  const now = sifted.value.counts;
  if (lastCounts === null || !isSame(lastCounts, now)) lastCounts = now;
  return lastCounts;
});

/** In words, how many rows there are. */
export const inAll = computed(() => summary(all()));

/** A row, be it live or loaded as an older one. */
export function found(id: string): Row | undefined {
  return (row(id) ?? olderRow(id))?.value;
}

function* all(): Generator<Row> {
  for (const id of order.value) {
    const one = row(id)?.value;
    if (one) yield one;
  }
  for (const id of olderIds.value) {
    const one = row(id) ? undefined : olderRow(id)?.value;
    if (one) yield one;
  }
}
