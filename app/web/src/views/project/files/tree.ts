/** @file A list of files as a tree of folders, and how one walks in it with the keyboard. Pure. */

import type { components } from "../../../api/schema";

/** A file, as the server lists it. */
export type FileEntry = components["schemas"]["FileModel"];

/** A folder or a file. */
export interface Node {
  readonly name: string;
  /** From the project's directory; empty for that itself. */
  readonly path: string;
  /** What is known of the file; null for a folder. */
  readonly file: FileEntry | null;
  /** What is in the folder: folders first, each by name. */
  readonly children: readonly Node[];
}

/** A line of the tree. */
export interface TreeRow {
  readonly node: Node;
  /** 1 for what is in the project's directory itself. */
  readonly level: number;
  /** Which of its siblings it is, from 1. */
  readonly position: number;
  readonly siblings: number;
  readonly open: boolean;
}

/** What a key does: goes to a line, or opens or closes the folder. */
export type Move = { to: number } | { open: boolean } | null;

interface Growing {
  files: FileEntry[];
  folders: Map<string, Growing>;
}

const byName = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;

/** Makes a tree of files, in whichever order they come. */
export function treeOf(files: readonly FileEntry[]): Node {
  const root: Growing = { files: [], folders: new Map() };
  for (const file of files) {
    let folder = root;
    for (const name of file.path.split("/").slice(0, -1)) {
      let next = folder.folders.get(name);
      if (next === undefined) folder.folders.set(name, (next = { files: [], folders: new Map() }));
      folder = next;
    }
    folder.files.push(file);
  }
  return grown(root, "", "");
}

function grown(folder: Growing, name: string, path: string): Node {
  const within = path && `${path}/`;
  const folders = [...folder.folders].map(([each, inside]) => grown(inside, each, within + each));
  const files = folder.files.map((file) => ({ name: nameOf(file.path), path: file.path, file, children: [] }));
  return { name, path, file: null, children: [...folders.sort(order), ...files.sort(order)] };
}

function order(a: Node, b: Node): number {
  return byName(a.name, b.name) || (a.name < b.name ? -1 : 1);
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The folders that a path is in, the outermost first. */
export function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** The lines of a tree that are seen. */
export function rowsOf(root: Node, isOpen: (path: string) => boolean): TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (folder: Node, level: number): void => {
    folder.children.forEach((node, index) => {
      const open = node.file === null && isOpen(node.path);
      rows.push({ node, level, position: index + 1, siblings: folder.children.length, open });
      if (open) add(node, level + 1);
    });
  };
  add(root, 1);
  return rows;
}

/** The files whose path has all words of a search. */
export function found(files: readonly FileEntry[], search: string): readonly FileEntry[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return files;
  return files.filter(({ path }) => words.every((word) => path.toLowerCase().includes(word)));
}

/** What a key does at a line. */
export function moved(rows: readonly TreeRow[], at: number, key: string): Move {
  const row = rows[at];
  if (row === undefined) return null;
  if (key === "ArrowDown") return at + 1 < rows.length ? { to: at + 1 } : null;
  if (key === "ArrowUp") return at > 0 ? { to: at - 1 } : null;
  if (key === "Home") return { to: 0 };
  if (key === "End") return { to: rows.length - 1 };
  if (key === "ArrowRight") return inwards(row, at);
  if (key === "ArrowLeft") return outwards(rows, row, at);
  return key.length === 1 && key.trim() ? named(rows, at, key) : null;
}

function inwards(row: TreeRow, at: number): Move {
  if (row.node.file !== null) return null;
  return row.open ? { to: at + 1 } : { open: true };
}

function outwards(rows: readonly TreeRow[], row: TreeRow, at: number): Move {
  if (row.open) return { open: false };
  const parent = rows.findLastIndex((each, index) => index < at && each.level === row.level - 1);
  return parent < 0 ? null : { to: parent };
}

/** The next line whose name begins with a letter. */
function named(rows: readonly TreeRow[], at: number, letter: string): Move {
  for (let step = 1; step < rows.length; step += 1) {
    const index = (at + step) % rows.length;
    if (rows[index]?.node.name.toLowerCase().startsWith(letter.toLowerCase())) return { to: index };
  }
  return null;
}
