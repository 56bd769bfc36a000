/** @file The keyboard: views say which keys they know, and `?` shows all that are known at the moment. */

import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";

/** A key and what it does. */
export interface Key {
  /** As `KeyboardEvent.key` has it, such as `n` or `/`. */
  readonly key: string;
  /** What it does, for people. */
  readonly does: string;
  readonly act: () => void;
}

/** All keys that are known at the moment. */
export const keys = signal<readonly Key[]>([]);

/** Knows these keys for as long as the component is drawn. */
export function useKeys(mine: readonly Key[]): void {
  useLayoutEffect(() => {
    keys.value = [...keys.peek(), ...mine];
    return () => {
      keys.value = keys.peek().filter((key) => !mine.includes(key));
    };
  });
}

/** Listens to the keyboard; once. */
export function listen(): void {
  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || writing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const known = keys.peek().findLast((key) => key.key === event.key);
    if (known === undefined) return;
    event.preventDefault();
    known.act();
  });
}

/** Whether somebody is writing, so that keys are letters. */
function writing(target: EventTarget | null): boolean {
  // In a tree, letters go to what begins with them.
  return target instanceof HTMLElement && (target.isContentEditable || target.closest("[role=tree]") !== null || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
