/** @file Fails the build when the page's first view has become too heavy. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Bytes of scripts and styles that the first view may take, compressed with gzip: 60 kB. */
export const FIRST_VIEW_BYTES = 60_000;

/** The files that a browser fetches for the first view: what the page itself names, and nothing that comes later. */
export function firstFiles(html: string): string[] {
  const found = html.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)="(?:\.?\/)?([^"]+\.(?:js|css))"/g);
  return [...new Set([...found].map((match) => match[1] ?? ""))];
}

/** What they weigh together, in words; `tooHeavy` says whether that is too much. */
export function weighed(files: ReadonlyMap<string, number>, most = FIRST_VIEW_BYTES): { tooHeavy: boolean; words: string } {
  const sum = [...files.values()].reduce((all, each) => all + each, 0);
  const parts = [...files].sort(([, a], [, b]) => b - a).map(([name, bytes]) => `${name.split("/").at(-1)} ${inKb(bytes)}`);
  return { tooHeavy: sum > most, words: `The first view is ${inKb(sum)} of ${inKb(most)}, compressed: ${parts.join(", ")}.` };
}

/** Weighs the first view at the end of each build. */
export function firstViewWeighed(): Plugin {
  return {
    name: "first-view-weighed",
    apply: "build",
    writeBundle({ dir }) {
      const folder = dir ?? "dist";
      const names = firstFiles(readFileSync(join(folder, "index.html"), "utf8"));
      if (names.length === 0) this.error("The page names no script: its weight cannot be told. See firstFiles in weight.ts.");
      const sizes = names.map((name) => [name, gzipSync(readFileSync(join(folder, name)), { level: 9 }).length] as const);
      const { tooHeavy, words } = weighed(new Map(sizes));
      if (tooHeavy) this.error(`${words} Load what is not needed at once later, as src/ui/lazy.tsx does.`);
      console.info(words);
    },
  };
}

function inKb(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
