import { describe, expect, it } from "vitest";
import { drawn, shift, step, towards, visible } from "./window";

const names = (text: string): string[] => [...text];

describe("visible", () => {
  it("is what can be seen, and some more on both sides", () => {
    expect(visible(1000, 500, 100, 50, 2)).toEqual({ first: 8, last: 17 });
  });
  it("ends where the list does", () => {
    expect(visible(-300, 500, 100, 50, 2)).toEqual({ first: 0, last: 4 });
    expect(visible(4800, 500, 100, 50, 2)).toEqual({ first: 46, last: 50 });
  });
  it("is nothing of a list that is below what is seen, or that is empty", () => {
    expect(visible(-9000, 500, 100, 50, 2)).toEqual({ first: 0, last: 0 });
    expect(visible(0, 500, 100, 0, 2)).toEqual({ first: 0, last: 0 });
  });
});

describe("drawn", () => {
  it("has the row with the focus, wherever it is", () => {
    expect(drawn({ first: 3, last: 6 }, -1)).toEqual([3, 4, 5]);
    expect(drawn({ first: 3, last: 6 }, 4)).toEqual([3, 4, 5]);
    expect(drawn({ first: 3, last: 6 }, 0)).toEqual([0, 3, 4, 5]);
    expect(drawn({ first: 3, last: 6 }, 9)).toEqual([3, 4, 5, 9]);
  });
});

describe("shift", () => {
  it("follows what is seen when rows come above it", () => {
    expect(shift(names("abcdef"), names("XYabcdef"), { first: 2, last: 5 })).toBe(2);
  });
  it("follows what is seen when rows above it go", () => {
    expect(shift(names("abcdef"), names("bcdef"), { first: 2, last: 5 })).toBe(-1);
  });
  it("stays when something changes below", () => {
    expect(shift(names("abcdef"), names("abcdXf"), { first: 0, last: 3 })).toBe(0);
  });
  it("does not run after a row that goes elsewhere", () => {
    expect(shift(names("abcdefgh"), names("bcdefgha"), { first: 0, last: 3 })).toBe(-1);
    expect(shift(names("abcdefgh"), names("abdefghc"), { first: 1, last: 5 })).toBe(-1);
    expect(shift(names("abcdefgh"), names("habcdefg"), { first: 5, last: 8 })).toBe(1);
  });
  it("stays when nothing of what was seen is left", () => {
    expect(shift(names("abc"), names("xyz"), { first: 0, last: 3 })).toBe(0);
    expect(shift([], names("xyz"), { first: 0, last: 3 })).toBe(0);
  });
});

describe("towards", () => {
  it("stays when the row is seen whole", () => {
    expect(towards(5, 100, 400, 500)).toBe(0);
  });
  it("goes as far as is needed", () => {
    expect(towards(3, 100, 450, 500)).toBe(-150);
    expect(towards(9, 100, 450, 500)).toBe(50);
  });
  it("shows the beginning of a row that is larger than what is seen", () => {
    expect(towards(2, 100, 100, 60)).toBe(100);
  });
});

describe("step", () => {
  it("begins at an end", () => {
    expect(step(-1, 1, 5)).toBe(0);
    expect(step(-1, -1, 5)).toBe(4);
  });
  it("stays within the list", () => {
    expect(step(4, 1, 5)).toBe(4);
    expect(step(0, -1, 5)).toBe(0);
    expect(step(2, 1, 5)).toBe(3);
    expect(step(2, 1, 0)).toBe(-1);
  });
});
