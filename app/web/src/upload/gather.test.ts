import { expect, test } from "vitest";
import { fromDrop, MOST_FILES } from "./gather";

type Given = { name: string; fullPath: string; isFile: boolean };

const file = (path: string, readable = true): Given & Pick<FileSystemFileEntry, "file"> => ({
  ...named(path),
  isFile: true,
  file: (resolve, reject) => (readable ? resolve(new File(["x"], path)) : reject?.(new DOMException("gone", "NotFoundError"))),
});

/** A folder; its reader gives a hundred at a time, as browsers' do. */
const folder = (path: string, inside: readonly Given[], readable = true): Given => {
  const createReader = (): Pick<FileSystemDirectoryReader, "readEntries"> => {
    let at = 0;
    return {
      readEntries: (resolve, reject) => {
        if (!readable) reject?.(new DOMException("no", "SecurityError"));
        else resolve(inside.slice(at, (at += 100)) as unknown as FileSystemEntry[]);
      },
    };
  };
  return Object.assign({ ...named(path), isFile: false }, { createReader });
};

function named(path: string): { name: string; fullPath: string } {
  return { name: path.split("/").at(-1) ?? "", fullPath: `/${path}` };
}

function dropped(...entries: readonly Given[]): DataTransfer {
  const items = entries.map((entry) => ({ kind: "file", webkitGetAsEntry: () => entry, getAsFile: () => null }));
  return { items } as unknown as DataTransfer;
}

test("folders are looked through, and what is hidden in them is left", async () => {
  const { found, cut } = await fromDrop(dropped(folder("a", [file("a/1.jpg"), file("a/.DS_Store"), folder("a/b", [file("a/b/2.jpg")])]), file("3.jpg")));
  expect(found.map((one) => one.path)).toEqual(["a/1.jpg", "a/b/2.jpg", "3.jpg"]);
  expect(found.every((one) => one.file !== null)).toBe(true);
  expect(cut).toBe(false);
});

test("what cannot be read is told, and the rest is there", async () => {
  const { found } = await fromDrop(dropped(file("1.jpg", false), folder("a", [], false), file("2.jpg")));
  expect(found.map((one) => [one.path, one.file === null ? one.problem : ""])).toEqual([
    ["1.jpg", expect.stringContaining("could not be read")],
    ["a", expect.stringContaining("could not be read")],
    ["2.jpg", ""],
  ]);
});

test.each([0, 1, 250])("of too many files the first are taken, and it is told that there were more: %i", async (more) => {
  const inside = Array.from({ length: MOST_FILES + more }, (_, at) => file(`a/${at}.jpg`));
  const { found, cut } = await fromDrop(dropped(folder("a", inside)));
  expect(found.length).toBe(MOST_FILES);
  expect(cut).toBe(more > 0);
});

test("what is hidden does not count, and what follows a full folder is told", async () => {
  const shown = Array.from({ length: MOST_FILES }, (_, at) => file(`a/${at}.jpg`));
  const both = shown.flatMap((one) => [one, file(`a/._${one.name}`)]);
  expect((await fromDrop(dropped(folder("a", both)))).cut).toBe(false);
  const { found, cut } = await fromDrop(dropped(folder("a", both), file("b.jpg")));
  expect(found.length).toBe(MOST_FILES);
  expect(cut).toBe(true);
});

test("folders without files do not count", async () => {
  const empty = Array.from({ length: MOST_FILES + 1 }, (_, at) => folder(`a/${at}`, []));
  const { found, cut } = await fromDrop(dropped(folder("a", [...empty, file("a/1.jpg")])));
  expect(found.map((one) => one.path)).toEqual(["a/1.jpg"]);
  expect(cut).toBe(false);
});
