/** @file Short messages in a corner: what was done, or why it was not. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { inWords } from "../api/client";

const SHOWN_MS = 6_000;
const MOST = 4;

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly hint: string;
  readonly bad: boolean;
}

const toasts = signal<readonly Toast[]>([]);
let last = 0;

/** Says something for a few seconds. */
export function say(text: string): void {
  add({ id: ++last, text, hint: "", bad: false });
}

/** Says that something failed; it stays until it is closed. */
export function complain(error: unknown): void {
  const { problem, hint } = inWords(error);
  add({ id: ++last, text: problem, hint, bad: true });
}

/** Does something, and says when it fails. Returns whether it was done. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

function add(toast: Toast): void {
  toasts.value = [...toasts.value, toast].slice(-MOST);
  if (!toast.bad) setTimeout(() => close(toast.id), SHOWN_MS);
}

function close(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Where they are drawn; once, in the page's frame. */
export function Toasts(): JSX.Element {
  return (
    <div class="toasts" aria-live="polite">
      {toasts.value.map((toast) => (
        <div key={toast.id} class="toast" data-bad={toast.bad ? "" : undefined} role={toast.bad ? "alert" : "status"}>
          <p>
            {toast.bad ? <strong>{toast.text}</strong> : toast.text} {toast.hint}
          </p>
          <button type="button" class="close" aria-label="Close" onClick={() => close(toast.id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
