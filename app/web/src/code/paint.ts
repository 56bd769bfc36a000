/** @file Colours for source: a text becomes lines of pieces, each with how it looks. Loaded when source is shown. */

import type { Parser, Tree } from "@lezer/common";
import { highlightCode, tagHighlighter, tags } from "@lezer/highlight";

/** A part of a line that looks the same. */
export interface Piece {
  readonly text: string;
  /** A class, such as `code-keyword`; empty for plain text. */
  readonly look: string;
}

const SLICE_MS = 8;
const MOST_MS = 3_000;

/** Few looks, so that each is told from the others: what a word is matters, and not which grammar calls it what. */
const looks = tagHighlighter([
  { tag: tags.comment, class: "code-comment" },
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.self], class: "code-keyword" },
  { tag: [tags.string, tags.regexp, tags.special(tags.string), tags.character, tags.attributeValue], class: "code-string" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.unit, tags.color, tags.escape], class: "code-value" },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.tagName], class: "code-type" },
  { tag: [tags.propertyName, tags.attributeName, tags.labelName], class: "code-property" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.macroName], class: "code-call" },
  { tag: [tags.meta, tags.processingInstruction, tags.documentMeta], class: "code-comment" },
  { tag: tags.heading, class: "code-heading" },
  { tag: [tags.link, tags.url], class: "code-string" },
  { tag: tags.emphasis, class: "code-emphasis" },
  { tag: tags.strong, class: "code-strong" },
  { tag: tags.monospace, class: "code-value" },
]);

/** Makes lines of pieces of a part of a text and what it was read as. The text's lines end with `\n` alone. */
export function painted(text: string, tree: Tree, from = 0, until = text.length): Piece[][] {
  const lines: Piece[][] = [[]];
  highlightCode(
    text,
    tree,
    looks,
    (piece, look) => lines.at(-1)?.push({ text: piece, look }),
    () => lines.push([]),
    from,
    until,
  );
  return lines;
}

/**
 * Reads a text in small steps, so that the page answers meanwhile.
 *
 * @returns What it was read as; null when it takes too long or nobody wants it any more.
 */
export async function parsed(reader: Parser, text: string, signal: AbortSignal): Promise<Tree | null> {
  const parse = reader.startParse(text);
  let spent = 0;
  while (spent < MOST_MS && !signal.aborted) {
    const start = performance.now();
    while (performance.now() - start < SLICE_MS) {
      const tree = parse.advance();
      if (tree !== null) return tree;
    }
    spent += performance.now() - start;
    await pause();
  }
  return null;
}

/** Lets the browser do what waits. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
