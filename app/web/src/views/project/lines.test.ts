import { describe, expect, it } from "vitest";
import { type LogLine, MOST_LINES, plain, read, shown, UNREAD } from "./lines";

const line = (text: string): LogLine => ({ time: "2026-01-01T10:00:00.000Z", source: "dev", text });

describe("lines", () => {
  it("reads page by page until there is no more", () => {
    const one = read(UNREAD, { lines: [line("a")], next: 10, missed: 0 });
    expect(one).toMatchObject({ complete: false, next: 10 });
    const two = read(one, { lines: [], next: 10, missed: 0 });
    expect(two).toMatchObject({ complete: true, lines: [{ text: "a" }] });
    expect(read(two, { lines: [], next: 10, missed: 0 })).toBe(two);
  });

  it("keeps the newest, and says that there were more", () => {
    const many = read(UNREAD, { lines: Array.from({ length: MOST_LINES + 1 }, (_, n) => line(String(n))), next: 9, missed: 0 });
    expect(many.lines).toHaveLength(MOST_LINES);
    expect(many.lines[0]?.text).toBe("1");
    expect(many.before).toMatch(/newest/);
    expect(read(UNREAD, { lines: [line("a")], next: 9, missed: 2000 }).before).toMatch(/2.0 kB/);
  });

  it("shows a line with its source, and without a terminal's colours", () => {
    expect(shown(line("\u001b[32mready\u001b[0m in 3 ms"))).toMatch(/^\d\d:\d\d:\d\d dev  ready in 3 ms$/);
    expect(plain("\u001b]0;title\u0007text")).toBe("text");
  });
});
