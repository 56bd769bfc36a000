/** @file Which language a file is written in, by its name, and what reads it. */

import type { Parser } from "@lezer/common";

/** A language that can be coloured. */
export type Language = "javascript" | "typescript" | "tsx" | "css" | "html" | "json" | "markdown" | "python";

const ENDINGS: ReadonlyMap<string, Language> = new Map([
  ...endings("javascript", "js mjs cjs jsx"),
  ...endings("typescript", "ts mts cts"),
  ...endings("tsx", "tsx"),
  ...endings("css", "css scss less"),
  ...endings("html", "html htm xhtml svg xml vue svelte astro"),
  ...endings("json", "json jsonc json5 map webmanifest geojson gltf"),
  ...endings("markdown", "md markdown mdx"),
  ...endings("python", "py pyi"),
]);

const NAMES: ReadonlyMap<string, Language> = new Map([
  [".babelrc", "json"],
  [".eslintrc", "json"],
  [".prettierrc", "json"],
]);

const READERS: Record<Language, () => Promise<Parser>> = {
  javascript: async () => (await import("./grammars/javascript")).javascript,
  typescript: async () => (await import("./grammars/javascript")).typescript,
  tsx: async () => (await import("./grammars/javascript")).tsx,
  css: async () => (await import("./grammars/css")).css,
  html: async () => (await import("./grammars/html")).html,
  json: async () => (await import("./grammars/json")).json,
  markdown: async () => (await import("./grammars/markdown")).markdown,
  python: async () => (await import("./grammars/python")).python,
};

/** The language of a file; null when it is none that can be coloured. */
export function languageOf(path: string): Language | null {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const dot = name.lastIndexOf(".");
  return NAMES.get(name) ?? (dot < 0 ? null : (ENDINGS.get(name.slice(dot + 1)) ?? null));
}

/** Loads what reads a language; it is a part of the page of its own. */
export function readerOf(language: Language): Promise<Parser> {
  return READERS[language]();
}

function endings(language: Language, all: string): [string, Language][] {
  return all.split(" ").map((ending) => [ending, language]);
}
