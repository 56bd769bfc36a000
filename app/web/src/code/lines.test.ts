import { describe, expect, it } from "vitest";
import { grouped, linesOf } from "./lines";

describe("linesOf", () => {
  it.each([
    ["", []],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\n\n", ["a", ""]],
    ["\n", [""]],
    ["\r\n", [""]],
    ["a\r\nb\nc\r", ["a", "b", "c"]],
    ["a\rb\n", ["a\rb"]],
  ])("splits %j", (text, lines) => expect(linesOf(text)).toEqual({ lines, cut: false }));

  it("says when there are more than are wanted", () => {
    expect(linesOf("a\nb\nc", 2)).toEqual({ lines: ["a", "b"], cut: true });
    expect(linesOf("a\nb\n", 2)).toEqual({ lines: ["a", "b"], cut: false });
  });
});

describe("grouped", () => {
  it("keeps the order and the rest", () => {
    expect(grouped([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(grouped([], 2)).toEqual([]);
  });
});
