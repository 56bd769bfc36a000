import { describe, expect, it } from "vitest";
import { blocks, spans } from "./blocks";

describe("blocks", () => {
  it("leaves text as it is, with its line breaks", () => {
    expect(blocks("One\n\nTwo\n")).toEqual([{ kind: "text", text: "One\n\nTwo" }]);
    expect(blocks("")).toEqual([]);
  });

  it("cuts at code fences, and keeps what is in them to the letter", () => {
    expect(blocks("See:\n```js\n  a();\n\n```\nThat is it.")).toEqual([
      { kind: "text", text: "See:" },
      { kind: "code", text: "  a();\n" },
      { kind: "text", text: "That is it." },
    ]);
  });

  it("shows a fence that is still open as code", () => {
    expect(blocks("```\nlet a")).toEqual([{ kind: "code", text: "let a" }]);
  });

  it("does not end a fence at a shorter one, or at another kind", () => {
    expect(blocks("````\n```\n~~~\n````")).toEqual([{ kind: "code", text: "```\n~~~" }]);
  });
});

describe("spans", () => {
  it("finds addresses, without what ends the sentence", () => {
    expect(spans("See (http://localhost:3002/a?b=c). Or https://x.org/: both; not javascript:alert(1)")).toEqual([
      { kind: "plain", text: "See (" },
      { kind: "link", text: "http://localhost:3002/a?b=c" },
      { kind: "plain", text: "). Or " },
      { kind: "link", text: "https://x.org/" },
      { kind: "plain", text: ": both; not javascript:alert(1)" },
    ]);
  });

  it("finds code and emphasis, and nothing else", () => {
    expect(spans("Run `npm i` **now**, 2 * 3 * 4 `open")).toEqual([
      { kind: "plain", text: "Run " },
      { kind: "code", text: "npm i" },
      { kind: "plain", text: " " },
      { kind: "strong", text: "now" },
      { kind: "plain", text: ", 2 * 3 * 4 `open" },
    ]);
  });
});
