/** @file The rows: only those that can be seen are drawn, and what one reads stays where it is while others come and go. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../../ui/keys";
import { BoardRow, choose } from "./row";
import { chosen, shown } from "./shown";
import { drawn, type Range, shift, step, towards, visible } from "./window";

const TOP = 56; // The page's own bar covers what is behind it.
const WIDE_ROW = 88;
const NARROW_ROW = 134;
const NARROW = "(max-width: 760px)";
const SPARE = 6;

/** Where the list is in the window. */
interface Place {
  readonly top: number;
  readonly height: number;
}

/** Draws what is shown. */
export function List(): JSX.Element {
  const ids = shown.value;
  const list = useRef<HTMLUListElement>(null);
  const row = useRowHeight();
  const range = useSeen(list, row, ids.length);
  useStill(list, row, ids);
  const kept = chosen.value === null ? -1 : ids.indexOf(chosen.value);
  useNext(ids, kept);
  useReturn(() => move(list.current, row, 0));
  return (
    <>
      <ul class="board-list" ref={list} style={{ height: `${ids.length * row}px` }} aria-label="Jobs, builds and apps">
        {drawn(range, kept).map((index) => {
          const id = ids[index];
          return id === undefined ? null : <BoardRow key={id} id={id} index={index} count={ids.length} height={row} />;
        })}
      </ul>
      <Keys move={(by) => move(list.current, row, by)} />
    </>
  );
}

/** Goes to the next row, the one before, or with 0 the chosen one; scrolls until it can be seen, and gives it the focus. */
export function move(list: HTMLElement | null, row: number, by: number): void {
  const ids = shown.peek();
  const from = chosen.peek() === null ? -1 : ids.indexOf(chosen.peek() ?? "");
  const index = by === 0 ? from : step(from, by, ids.length);
  const id = ids[index];
  if (id === undefined || list === null) return;
  const { top, height } = placeOf(list);
  window.scrollBy(0, towards(index, row, top, height));
  choose(id);
}

/** Knows the keys of the list; apart from it, so that they are not told anew each time that a row comes or goes. */
function Keys({ move }: { move: (by: number) => void }): null {
  const doing = useRef(move);
  doing.current = move;
  const [keys] = useState(() => [
    { key: "j", does: "Next line", act: () => doing.current(1) },
    { key: "ArrowDown", does: "Next line", act: () => doing.current(1) },
    { key: "k", does: "Line before", act: () => doing.current(-1) },
    { key: "ArrowUp", does: "Line before", act: () => doing.current(-1) },
    { key: "Enter", does: "Open the line", act: open },
  ]);
  useKeys(keys);
  return null;
}

/** What Enter does: whatever has the focus, be it a line or one of its buttons. */
function open(): void {
  const at = document.activeElement;
  if (at instanceof HTMLElement && at !== document.body && at.id !== "main") at.click();
  else if (chosen.peek() !== null) document.getElementById(`row-${chosen.peek()}`)?.click();
}

function placeOf(list: HTMLElement): Place {
  return { top: TOP - list.getBoundingClientRect().top, height: window.innerHeight - TOP };
}

function useRowHeight(): number {
  const [narrow, set] = useState(() => window.matchMedia(NARROW).matches);
  useEffect(() => {
    const query = window.matchMedia(NARROW);
    const heard = (): void => set(query.matches);
    query.addEventListener("change", heard);
    return () => query.removeEventListener("change", heard);
  }, []);
  return narrow ? NARROW_ROW : WIDE_ROW;
}

/** The rows to draw, which change as one scrolls. */
function useSeen(list: { current: HTMLElement | null }, row: number, count: number): Range {
  const [range, set] = useState<Range>({ first: 0, last: Math.ceil(window.innerHeight / row) + SPARE });
  useLayoutEffect(() => {
    const look = (): void => {
      if (list.current === null) return;
      const { top, height } = placeOf(list.current);
      const now = visible(top, height, row, count, SPARE);
      set((before) => (before.first === now.first && before.last === now.last ? before : now));
    };
    look();
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, [row, count]);
  return range;
}

/** Scrolls along when rows above what one reads come or go. At the top of the list what is new is to be seen. */
function useStill(list: { current: HTMLElement | null }, row: number, ids: readonly string[]): void {
  const before = useRef(ids);
  const was = useRef<Place>({ top: 0, height: 0 });
  useEffect(() => {
    const remember = (): void => {
      if (list.current) was.current = placeOf(list.current);
    };
    remember();
    window.addEventListener("scroll", remember, { passive: true });
    return () => window.removeEventListener("scroll", remember);
  }, []);
  useLayoutEffect(() => {
    const { top, height } = was.current;
    const moved = before.current === ids ? 0 : shift(before.current, ids, visible(top, height, row, before.current.length, 0));
    before.current = ids;
    if (moved !== 0 && list.current && (top > 0 || isBusy(list.current))) window.scrollBy(0, moved * row);
    if (list.current) was.current = placeOf(list.current);
  }, [ids]);
}

/** Whether somebody is about to press something in it. */
function isBusy(list: HTMLElement): boolean {
  return list.contains(document.activeElement) || (window.matchMedia("(hover: hover)").matches && list.matches(":hover"));
}

/** When the chosen row goes with the focus, the one that took its place is chosen. */
function useNext(ids: readonly string[], kept: number): void {
  const at = useRef(-1);
  useLayoutEffect(() => {
    const gone = kept < 0 && at.current >= 0 && chosen.peek() !== null;
    const next = ids[Math.min(at.current, ids.length - 1)];
    if (gone && next !== undefined && (document.activeElement === document.body || document.activeElement === null)) choose(next);
    else if (gone) chosen.value = null;
    at.current = kept;
  }, [ids, kept]);
}

/** Who comes back to the board, comes back to the row that was opened. */
function useReturn(back: () => void): void {
  useLayoutEffect(() => {
    if (chosen.peek() === null) return undefined;
    let here = true;
    // The page's frame, around this, scrolls to the top of a view that was gone to; this comes right after.
    queueMicrotask(() => {
      const at = document.activeElement;
      if (here && (at === null || at === document.body || at.id === "main")) back();
    });
    return () => void (here = false);
  }, []);
}
