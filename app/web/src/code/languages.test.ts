import { describe, expect, it } from "vitest";
import { languageOf, readerOf } from "./languages";

describe("languageOf", () => {
  it.each([
    ["src/main.ts", "typescript"],
    ["src/App.TSX", "tsx"],
    ["vite.config.mjs", "javascript"],
    ["a.b/index.html", "html"],
    ["public/icon.svg", "html"],
    ["package.json", "json"],
    [".prettierrc", "json"],
    ["README.md", "markdown"],
    ["tool.py", "python"],
  ])("knows %s", (path, language) => expect(languageOf(path)).toBe(language));

  it.each(["LICENSE", "a.json/text", "data.bin", "", "css", "dir.ts/"])("leaves %j as it is", (path) => {
    expect(languageOf(path)).toBeNull();
  });
});

describe("readerOf", () => {
  it("reads the types of TypeScript, which are elements elsewhere", async () => {
    const tree = (await readerOf("typescript")).parse("const a = <T>b;");
    expect(tree.toString()).toContain("TypeName");
  });

  it("reads the scripts and styles in a page", async () => {
    const tree = (await readerOf("html")).parse("<script>let a = 1</script><style>b { color: red }</style>");
    const found: string[] = [];
    tree.iterate({ enter: (node) => void found.push(node.name) });
    expect(found).toEqual(expect.arrayContaining(["VariableDeclaration", "PropertyName"]));
  });
});
