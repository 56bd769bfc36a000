import { describe, expect, it } from "vitest";
import { type Language, readerOf } from "./languages";
import { painted, parsed, type Piece } from "./paint";

const open = new AbortController().signal;

async function paint(language: Language, text: string): Promise<Piece[][]> {
  const tree = await parsed(await readerOf(language), text, open);
  expect(tree).not.toBeNull();
  return tree === null ? [] : painted(text, tree);
}

function look(lines: Piece[][], text: string): string | undefined {
  return lines.flat().find((piece) => piece.text.includes(text))?.look;
}

describe("painted", () => {
  it("has a line for each, and leaves nothing out", async () => {
    const text = "// first\nconst a = `x\n${b}`;\n\nreturn <p>&amp;</p>";
    const lines = await paint("javascript", text);
    expect(lines.map((line) => line.map((piece) => piece.text).join("")).join("\n")).toBe(text);
  });

  it("knows what a part of a text is from what is before it", async () => {
    const text = "/* a\nb\nc */ d";
    const reader = await readerOf("javascript");
    expect(painted(text, reader.parse(text), 5, 6)).toEqual([[{ text: "b", look: "code-comment" }]]);
    expect(painted(text, reader.parse(text), 5, 5)).toEqual([[]]);
  });

  it.each<[Language, string, string, string]>([
    ["javascript", "// note", "note", "code-comment"],
    ["javascript", "const a = 1", "const", "code-keyword"],
    ["typescript", "let a: Thing = run('x')", "Thing", "code-type"],
    ["typescript", "let a: Thing = run('x')", "run", "code-call"],
    ["tsx", "<b title='x'/>", "title", "code-property"],
    ["css", "a { color: red }", "color", "code-property"],
    ["html", "<!-- note --><p>", "note", "code-comment"],
    ["html", "<script>return 12</script>", "12", "code-value"],
    ["json", '{"key": "text"}', "text", "code-string"],
    ["json", '{"key": "text"}', "key", "code-property"],
    ["markdown", "# Title\n\n**bold**", "Title", "code-heading"],
    ["python", "def run(): return None", "def", "code-keyword"],
  ])("%s: %j: %s is %s", async (language, text, word, expected) => {
    expect(look(await paint(language, text), word)).toBe(expected);
  });
});

describe("parsed", () => {
  it("stops when nobody wants it", async () => {
    const gone = AbortSignal.abort();
    expect(await parsed(await readerOf("json"), "[1]", gone)).toBeNull();
  });

  it("survives what is not the language at all", async () => {
    const text = "\u0000\uD800 <<<>>> }}}} ''' \n".repeat(40);
    for (const language of ["javascript", "tsx", "css", "html", "json", "markdown", "python"] as const) {
      expect((await paint(language, text)).length).toBe(41);
    }
  });
});
