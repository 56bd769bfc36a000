/** @file Which rows of a long list are drawn, and how it stays where it is while others come and go (pure). */

/** The rows from `first` up to, but not with, `last`. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * Finds the rows that can be seen, and some more on both sides.
 *
 * @param top How far the top of the list is above the top of what is seen, in pixels; below 0 when it is further down.
 * @param height Of what is seen, in pixels.
 * @param row The height of a row, in pixels.
 * @param count How many rows there are.
 * @param spare How many more are drawn on each side.
 */
export function visible(top: number, height: number, row: number, count: number, spare: number): Range {
  const first = Math.floor(top / row) - spare;
  const last = Math.ceil((top + height) / row) + spare;
  return { first: within(first, count), last: within(last, count) };
}

/** The indexes that are drawn: those of a range, and one that has the focus, which would be lost with its row. */
export function drawn(range: Range, kept: number): number[] {
  const all = Array.from({ length: range.last - range.first }, (_, index) => range.first + index);
  if (kept >= 0 && kept < range.first) return [kept, ...all];
  if (kept >= range.last) return [...all, kept];
  return all;
}

/**
 * Finds by how many rows what is seen has moved, when rows came or went.
 *
 * Most of what is seen moves together; a row that went elsewhere alone, because it has ended, is not run after. So it
 * is the median.
 */
export function shift(before: readonly string[], after: readonly string[], seen: Range): number {
  const now = new Map(after.map((id, index) => [id, index]));
  const moves: number[] = [];
  for (let index = seen.first; index < seen.last; index += 1) {
    const place = now.get(before[index] ?? "");
    if (place !== undefined) moves.push(place - index);
  }
  moves.sort((a, b) => a - b);
  return moves[Math.floor((moves.length - 1) / 2)] ?? 0;
}

/**
 * Says how far to scroll so that a row can be seen whole.
 *
 * @param index Of the row.
 * @param row The height of a row.
 * @param top As for `visible`.
 * @param height Of what is seen.
 * @returns Pixels, below 0 for up; 0 when it can be seen.
 */
export function towards(index: number, row: number, top: number, height: number): number {
  const start = index * row - top;
  if (start < 0) return start;
  return Math.max(0, Math.min(start, start + row - height));
}

/** The row that is next to one, or the first when none is chosen. */
export function step(from: number, by: number, count: number): number {
  if (count === 0) return -1;
  if (from < 0) return by > 0 ? 0 : count - 1;
  return Math.max(0, Math.min(count - 1, from + by));
}

function within(value: number, count: number): number {
  return Math.max(0, Math.min(count, value));
}
