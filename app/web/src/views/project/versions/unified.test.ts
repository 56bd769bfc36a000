import { describe, expect, it } from "vitest";
import { differing, hunksOf } from "./unified";

const TEXT = `--- a/src/main.js
+++ b/src/main.js
@@ -1,3 +1,4 @@
 one
-const two = 2;
+const two = 22;
+three
 four
@@ -10 +11,0 @@
--- minus
\\ No newline at end of file
`;

describe("hunksOf", () => {
  it("reads the lines with their numbers", () => {
    const hunks = hunksOf(TEXT);
    expect(hunks.map(({ before, after }) => [before, after])).toEqual([[1, 1], [10, 11]]);
    expect(hunks[0]?.lines.map(({ kind, text, before, after }) => [kind, text, before, after])).toEqual([
      ["same", "one", 1, 1],
      ["removed", "const two = 2;", 2, null],
      ["added", "const two = 22;", null, 2],
      ["added", "three", null, 3],
      ["same", "four", 3, 4],
    ]);
  });

  it("takes a line that begins with minuses for a line, and keeps notes", () => {
    expect(hunksOf(TEXT)[1]?.lines.map(({ kind, text }) => [kind, text])).toEqual([
      ["removed", "-- minus"],
      ["note", " No newline at end of file"],
    ]);
  });

  it("says what has changed in lines that others stand for, and only there", () => {
    const lines = hunksOf("@@ -1,2 +1,2 @@\n-a = call(1)\n+a = call(2)\n same\n-gone\n")[0]?.lines ?? [];
    expect(lines.map(({ part }) => part)).toEqual([[9, 10], [9, 10], null, null]);
  });

  it.each(["", "--- a/x\n+++ b/x\n", "no difference at all"])("has none of %j", (text) => expect(hunksOf(text)).toEqual([]));

  it("knows an empty line that lost its space", () => {
    expect(hunksOf("@@ -1,2 +1,2 @@\n\n+b\n")[0]?.lines[0]).toMatchObject({ kind: "same", text: "", before: 1, after: 1 });
  });
});

describe("differing", () => {
  it.each([
    ["let a = 1;", "let b = 1;", [[4, 5], [4, 5]]],
    ["let a = 1;", "let a = 10;", [[9, 9], [9, 10]]],
    ["aaaa", "aaa", [[3, 4], [3, 3]]],
    ["same", "same", [[4, 4], [4, 4]]],
  ] as const)("%j and %j", (a, b, parts) => expect(differing(a, b)).toEqual(parts));

  it("says nothing of lines that have only their indent in common", () => {
    expect(differing("        return value;", "        throw wrong();")).toBeNull();
    expect(differing("", "something")).toBeNull();
  });
});
