/** @file A text as lines, within bounds. */

/** A text as it is shown. */
export interface Lines {
  readonly lines: readonly string[];
  /** Whether the text has more. */
  readonly cut: boolean;
}

/**
 * Splits a text at its ends of lines, whichever kind they are. The last end of a line begins no further one.
 *
 * @param most How many lines are given; further ones are left out.
 */
export function linesOf(text: string, most = Number.POSITIVE_INFINITY): Lines {
  const lines: string[] = [];
  let from = 0;
  while (from < text.length && lines.length < most) {
    const end = text.indexOf("\n", from);
    const until = end < 0 ? text.length : end;
    lines.push(text.slice(from, text[until - 1] === "\r" && until > from ? until - 1 : until));
    from = until + 1;
  }
  return { lines, cut: from < text.length };
}

/** Puts lines into groups of so many, so that what is not looked at need not be drawn in colour. */
export function grouped<T>(lines: readonly T[], size: number): T[][] {
  const groups: T[][] = [];
  for (let from = 0; from < lines.length; from += size) groups.push(lines.slice(from, from + size));
  return groups;
}
