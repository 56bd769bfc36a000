/** @file From what was dropped or picked to files: folders are looked through, however deep. */

/** A file, and where it was. */
export interface Found {
  readonly file: File;
  /** With its folders, as `garden/IMG_1.jpg`. */
  readonly path: string;
}

const MOST_FILES = 5_000;

/** Whether something that is dragged has files. */
export function hasFiles(data: DataTransfer | null): boolean {
  return data !== null && Array.from(data.types).includes("Files");
}

/** Gives the files of a drop; those of folders too. What cannot be read is left out. */
export async function fromDrop(data: DataTransfer): Promise<Found[]> {
  // All entries first: once the event is over the list is empty.
  const items = Array.from(data.items).filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = items.map((item, at) => (entries[at] === null ? item.getAsFile() : null));
  const found: Found[] = [];
  for (const [at, entry] of entries.entries()) {
    const file = plain[at];
    if (file) found.push({ file, path: file.name });
    else if (entry) await walk(entry, found);
  }
  return found;
}

/** Gives the files of an input, in the order of their names where they are of a folder. */
export function fromInput(files: FileList | null): Found[] {
  return Array.from(files ?? [], (file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** Orders by name as people do: 2 before 10. */
export function byPath(a: { path: string }, b: { path: string }): number {
  return a.path.localeCompare(b.path, "en", { numeric: true, sensitivity: "base" });
}

async function walk(entry: FileSystemEntry, found: Found[]): Promise<void> {
  if (found.length >= MOST_FILES || entry.name.startsWith(".")) return;
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    } else {
      for (const child of await children(entry as FileSystemDirectoryEntry)) await walk(child, found);
    }
  } catch {
    // Removed meanwhile, or not ours to read: as if it had not been dropped.
  }
}

/** A reader gives a hundred or so at a time, and none when it is through. */
async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  while (all.length < MOST_FILES) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    all.push(...some);
  }
  return all;
}
