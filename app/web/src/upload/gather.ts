/** @file From what was dropped or picked to files: folders are looked through, however deep. */

import { count } from "../words";

/** What was found: a file, or why there is none; and where, with its folders, as `garden/IMG_1.jpg`. */
export type Found = { readonly path: string; readonly file: File } | { readonly path: string; readonly file: null; readonly problem: string };

/** So many are looked at of one drop; of the rest it is said that they were not. */
export const MOST_FILES = 5_000;
const UNREADABLE = "It could not be read. See whether it is still there, and whether you may read it.";
const TOO_MANY = `More than ${count(MOST_FILES)} files were dropped. This and what follows it was not looked at; drop fewer at a time.`;

/** Whether something that is dragged has files. */
export function hasFiles(data: DataTransfer | null): boolean {
  return data !== null && Array.from(data.types).includes("Files");
}

/** Gives the files of a drop; those of folders too. */
export async function fromDrop(data: DataTransfer): Promise<Found[]> {
  // All entries first: once the event is over the list is empty.
  const items = Array.from(data.items).filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = items.map((item, at) => (entries[at] === null ? item.getAsFile() : null));
  const found: Found[] = [];
  for (const [at, entry] of entries.entries()) {
    const file = plain[at];
    if (file) found.push({ path: file.name, file });
    else if (entry) await walk(entry, found);
  }
  return found;
}

/** Gives the files of an input, in the order of their names where they are of a folder. */
export function fromInput(files: FileList | null): Found[] {
  return Array.from(files ?? [], (file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** Orders by name as people do: 2 before 10. */
export function byPath(a: { path: string }, b: { path: string }): number {
  return a.path.localeCompare(b.path, "en", { numeric: true, sensitivity: "base" });
}

async function walk(entry: FileSystemEntry, found: Found[]): Promise<void> {
  if (found.length > MOST_FILES || entry.name.startsWith(".")) return;
  if (found.length === MOST_FILES) {
    found.push({ path: pathOf(entry), file: null, problem: TOO_MANY });
    return;
  }
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      found.push({ path: pathOf(entry), file });
    } else {
      for (const child of await children(entry as FileSystemDirectoryEntry)) await walk(child, found);
    }
  } catch {
    found.push({ path: pathOf(entry), file: null, problem: UNREADABLE }); // Removed meanwhile, or not ours to read.
  }
}

function pathOf(entry: FileSystemEntry): string {
  return entry.fullPath.replace(/^\//, "");
}

/** A reader gives a hundred or so at a time, and none when it is through. */
async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  while (all.length <= MOST_FILES) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    all.push(...some);
  }
  return all;
}
