/** @file Copies a text to where one pastes from. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../ui/parts";
import { complain } from "../ui/toasts";

const SAID_MS = 2_000;

/** A button that copies a text, and says so. */
export function Copy({ text, label = "Copy" }: { text: string; label?: string }): JSX.Element {
  const [copied, set] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => set(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button
      class="copy"
      onClick={() => {
        copy(text).then(() => set(true), complain);
      }}
    >
      <span aria-live="polite">{copied ? "Copied" : label}</span>
    </Button>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Browsers give the clipboard to pages of https and of this machine only; the old way goes everywhere.
    if (!copiedTheOldWay(text)) throw new Error("The browser did not let the text be copied.");
  }
}

function copiedTheOldWay(text: string): boolean {
  const area = document.createElement("textarea");
  const before = document.activeElement;
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    if (before instanceof HTMLElement) before.focus();
  }
}
