/** @file A list that stays at its end as long as one is there, and stays where it is when one has scrolled up. */

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

const NEAR_PX = 48;

/** What keeps an element at its end. */
export interface Following<E extends HTMLElement> {
  readonly element: { current: E | null };
  /** Whether its end is shown. */
  readonly atEnd: boolean;
  /** Goes to its end. */
  readonly toEnd: () => void;
  readonly onScroll: () => void;
}

/**
 * Follows the end of an element that scrolls.
 *
 * @param on What its content depends on.
 */
export function useFollowing<E extends HTMLElement>(on: readonly unknown[]): Following<E> {
  const element = useRef<E>(null);
  const following = useRef(true);
  const [atEnd, set] = useState(true);
  const toEnd = useCallback(() => {
    following.current = true;
    set(true);
    if (element.current) element.current.scrollTop = element.current.scrollHeight;
  }, []);
  const onScroll = useCallback(() => {
    const shown = element.current;
    if (shown === null) return;
    following.current = shown.scrollHeight - shown.scrollTop - shown.clientHeight < NEAR_PX;
    set(following.current);
  }, []);
  useLayoutEffect(() => {
    if (following.current) toEnd();
  }, on);
  useEffect(() => {
    // Its own size changes, too: the keyboard of a phone, a window that is made smaller.
    const observer = new ResizeObserver(() => following.current && toEnd());
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, [toEnd]);
  return { element, atEnd, toEnd, onScroll };
}
