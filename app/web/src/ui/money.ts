/** @file What something may cost: asked only where it costs something. */

/** What a generator says of itself. */
interface Generator {
  readonly title: string;
}

/** A generator that costs money says so in what it says of itself. */
export function doesCost(generator: Generator): boolean {
  return /\bcosts?\b/i.test(generator.title);
}

/** Dollars as people write them; null where nothing is written, and not a number where that is none. */
export function dollarsOf(text: string): number | null {
  return text.trim() === "" ? null : Number(text.trim().replace(/^\$/, "").replace(",", "."));
}

/** What is wrong with them, in words; nothing where they can be sent. */
export function wrongDollars(text: string): string {
  const most = dollarsOf(text);
  return most === null || (most > 0 && Number.isFinite(most)) ? "" : "This has to be an amount, such as 2.50.";
}
