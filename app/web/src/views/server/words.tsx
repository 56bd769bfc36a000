/** @file What the server says, as sentences. */

import type { JSX } from "preact";

/** Makes a sentence of what may be a part of one: "it is not configured" is "It is not configured." */
export function sentence(text: string): string {
  const words = text.trim();
  if (words === "") return "";
  return words.charAt(0).toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : ".");
}

/** A text in which what stands between backticks is something to type. */
export function Words({ text }: { text: string }): JSX.Element {
  return <>{text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}
