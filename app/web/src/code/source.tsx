/** @file Source with the numbers of its lines and, once what reads its language is there, in colour. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Language, languageOf, readerOf } from "./languages";
import { grouped } from "./lines";
import type { Piece } from "./paint";
import "./code.css";

const GROUP = 50;
const LONGEST_LINE = 5_000;

/** Gives the pieces of so many lines from one on. */
type Colours = (first: number, many: number) => Piece[][];

/** Where colours come from as one scrolls: a little before a group of lines is seen. */
const AHEAD = "600px";

/**
 * Source, as text: it is never taken for HTML.
 *
 * All of it is there, so that it can be searched and copied; only lines that were near what is seen have colours, which
 * take many elements. Both look the same in size, so nothing moves.
 */
export function Source({ lines, path, label }: { lines: readonly string[]; path: string; label: string }): JSX.Element {
  const colours = useColours(lines, languageOf(path));
  const groups = useMemo(() => grouped(lines, GROUP), [lines]);
  return (
    <div class="code" role="region" aria-label={label} tabIndex={0}>
      <div class="code-body" style={{ "--digits": `${String(lines.length).length}ch` }}>
        {groups.map((group, index) => (
          <Group key={index} lines={group} first={index * GROUP} colours={colours} />
        ))}
      </div>
    </div>
  );
}

function Group({ lines, first, colours }: { lines: readonly string[]; first: number; colours: Colours | null }): JSX.Element {
  const [element, seen] = useSeen<HTMLDivElement>();
  const inColour = useMemo(() => (seen ? (colours?.(first, lines.length) ?? null) : null), [seen, colours, first, lines]);
  return (
    <div class="code-group" ref={element}>
      <div class="code-numbers" aria-hidden="true">
        {lines.map((_, index) => first + index + 1).join("\n")}
      </div>
      <pre class="code-text">{inColour?.map(drawn) ?? `${lines.join("\n")}\n`}</pre>
    </div>
  );
}

function drawn(line: readonly Piece[]): (JSX.Element | string)[] {
  return [...line.map(({ text, look }) => (look ? <span class={look}>{text}</span> : text)), "\n"];
}

/** Whether an element was near what is seen, once; it stays so, that a selection in it is not lost. */
function useSeen<Element extends HTMLElement>() {
  const element = useRef<Element>(null);
  const [seen, set] = useState(false);
  useEffect(() => {
    const watched = element.current;
    if (watched === null || seen) return undefined;
    const options = { rootMargin: AHEAD, scrollMargin: AHEAD } as IntersectionObserverInit;
    const observer = new IntersectionObserver((all) => all.some((one) => one.isIntersecting) && set(true), options);
    observer.observe(watched);
    return () => observer.disconnect();
  }, [seen]);
  return [element, seen] as const;
}

/** What gives colours for lines; null until the language is read, and where there are none. */
function useColours(lines: readonly string[], language: Language | null): Colours | null {
  const [known, set] = useState<{ lines: readonly string[]; colours: Colours } | null>(null);
  useEffect(() => {
    if (language === null || lines.some((line) => line.length > LONGEST_LINE)) return undefined;
    const controller = new AbortController();
    coloursOf(lines, language, controller.signal).then(
      (colours) => colours !== null && !controller.signal.aborted && set({ lines, colours }),
      () => undefined, // Colours are a help; without them the text is there.
    );
    return () => controller.abort();
  }, [lines, language]);
  return known?.lines === lines ? known.colours : null;
}

async function coloursOf(lines: readonly string[], language: Language, signal: AbortSignal): Promise<Colours | null> {
  const [paint, reader] = await Promise.all([import("./paint"), readerOf(language)]);
  const text = lines.join("\n");
  const tree = await paint.parsed(reader, text, signal);
  if (tree === null) return null;
  const starts = [0];
  for (const line of lines) starts.push((starts.at(-1) ?? 0) + line.length + 1);
  return (first, many) => paint.painted(text, tree, starts[first], (starts[first + many] ?? text.length + 1) - 1);
}
