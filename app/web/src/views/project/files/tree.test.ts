import { describe, expect, it } from "vitest";
import { type FileEntry, foldersOf, found, moved, nameOf, rowsOf, treeOf } from "./tree";

const files = (...paths: string[]): FileEntry[] =>
  paths.map((path) => ({ path, size: 1, type: "text/plain", modified: "2026-01-01T00:00:00.000Z", executable: false }));

const shown = (paths: string[], open: (path: string) => boolean = () => true): string[] =>
  rowsOf(treeOf(files(...paths)), open).map(({ node, level }) => `${level} ${node.path}${node.file === null ? "/" : ""}`);

describe("treeOf", () => {
  it("puts folders first, and each by name as people count", () => {
    expect(shown(["z.ts", "file10", "File2", "b/x", "a/b/c", "a/a"])).toEqual([
      "1 a/",
      "2 a/b/",
      "3 a/b/c",
      "2 a/a",
      "1 b/",
      "2 b/x",
      "1 File2",
      "1 file10",
      "1 z.ts",
    ]);
  });

  it("takes any name", () => {
    expect(shown(["__proto__/constructor", "a b/ö.txt", "toString"])).toEqual([
      "1 __proto__/",
      "2 __proto__/constructor",
      "1 a b/",
      "2 a b/ö.txt",
      "1 toString",
    ]);
  });

  it("tells names apart that differ only in case", () => {
    expect(shown(["readme", "README"])).toEqual(["1 README", "1 readme"]);
  });

  it("is empty without files", () => expect(shown([])).toEqual([]));
});

describe("rowsOf", () => {
  it("leaves out what is in closed folders", () => {
    expect(shown(["a/b/c", "a/d", "e"], (path) => path === "a")).toEqual(["1 a/", "2 a/b/", "2 a/d", "1 e"]);
  });

  it("counts siblings", () => {
    const rows = rowsOf(treeOf(files("a/x", "a/y", "b")), () => true);
    expect(rows.map(({ position, siblings }) => [position, siblings])).toEqual([[1, 2], [1, 2], [2, 2], [2, 2]]);
  });
});

describe("moved", () => {
  const open = new Set(["a"]);
  const rows = rowsOf(treeOf(files("a/b/c", "a/d", "e", "d")), (path) => open.has(path));
  // a/ a/b/ a/d d e
  it.each([
    [0, "ArrowDown", { to: 1 }],
    [4, "ArrowDown", null],
    [0, "ArrowUp", null],
    [3, "Home", { to: 0 }],
    [0, "End", { to: 4 }],
    [0, "ArrowRight", { to: 1 }],
    [1, "ArrowRight", { open: true }],
    [2, "ArrowRight", null],
    [0, "ArrowLeft", { open: false }],
    [1, "ArrowLeft", { to: 0 }],
    [2, "ArrowLeft", { to: 0 }],
    [3, "ArrowLeft", null],
    [0, "d", { to: 2 }],
    [2, "D", { to: 3 }],
    [3, "d", { to: 2 }],
    [0, "x", null],
    [0, " ", null],
    [0, "Tab", null],
    [9, "ArrowDown", null],
  ] as const)("at %i, %s", (at, key, move) => expect(moved(rows, at, key)).toEqual(move));
});

describe("found", () => {
  it("wants all words, anywhere in the path", () => {
    const all = files("src/App.tsx", "src/app.css", "test/main.ts");
    expect(found(all, " APP src").map(({ path }) => path)).toEqual(["src/App.tsx", "src/app.css"]);
    expect(found(all, "  ")).toBe(all);
    expect(found(all, "nothing")).toEqual([]);
  });
});

describe("paths", () => {
  it("have names and folders", () => {
    expect(nameOf("a/b/c.ts")).toBe("c.ts");
    expect(nameOf("c.ts")).toBe("c.ts");
    expect(foldersOf("a/b/c.ts")).toEqual(["a", "a/b"]);
    expect(foldersOf("c.ts")).toEqual([]);
  });
});
