/** @file From what was dropped or picked to files: folders are looked through, however deep. */

/** A file that was found, or why there is none; and where, with its folders, as `garden/IMG_1.jpg`. */
export type Found = { readonly path: string; readonly file: File } | { readonly path: string; readonly file: null; readonly problem: string };

/** What was dropped or picked. */
export interface Picked {
  readonly found: readonly Found[];
  /** Whether a drop had more than is looked at. */
  readonly cut: boolean;
}

/** So many files are looked at of one drop. */
export const MOST_FILES = 5_000;
const UNREADABLE = "It could not be read. See whether it is still there, and whether you may read it.";

/** Whether something that is dragged has files. */
export function hasFiles(data: DataTransfer | null): boolean {
  return data !== null && Array.from(data.types).includes("Files");
}

/** Gives the files of a drop; those of folders too. */
export async function fromDrop(data: DataTransfer): Promise<Picked> {
  // All entries first: once the event is over the list is empty.
  const items = Array.from(data.items).filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = items.map((item, at) => (entries[at] === null ? item.getAsFile() : null));
  const found: Found[] = [];
  for (const [at, entry] of entries.entries()) {
    const file = plain[at];
    if (entry) await walk(entry, found);
    else found.push(file ? { path: file.name, file } : { path: "One of the files", file: null, problem: UNREADABLE });
  }
  return { found: found.slice(0, MOST_FILES), cut: found.length > MOST_FILES };
}

/** Gives the files of an input, in the order of their names where they are of a folder. */
export function fromInput(files: FileList | null): Picked {
  return { found: Array.from(files ?? [], (file) => ({ path: file.webkitRelativePath || file.name, file })), cut: false };
}

/** Orders by name as people do: 2 before 10. */
export function byPath(a: { path: string }, b: { path: string }): number {
  return a.path.localeCompare(b.path, "en", { numeric: true, sensitivity: "base" });
}

/** Adds what an entry is, or has in it that is not hidden; no more once there is one too many, which tells that there are. */
async function walk(entry: FileSystemEntry, found: Found[]): Promise<void> {
  if (found.length > MOST_FILES) return;
  const path = entry.fullPath.replace(/^\//, "");
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      found.push({ path, file });
    } else {
      await walkInto((entry as FileSystemDirectoryEntry).createReader(), found);
    }
  } catch {
    found.push({ path, file: null, problem: UNREADABLE }); // Removed meanwhile, or not ours to read.
  }
}

/** A reader gives a hundred or so at a time, and none when it is through. */
async function walkInto(reader: FileSystemDirectoryReader, found: Found[]): Promise<void> {
  while (found.length <= MOST_FILES) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const child of some.filter((one) => !one.name.startsWith("."))) await walk(child, found);
  }
}
