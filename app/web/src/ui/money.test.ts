/** @file What something may cost. */

import { describe, expect, it } from "vitest";
import { doesCost, dollarsOf, wrongDollars } from "./money";

describe("dollars", () => {
  it("are read as people write them", () => {
    expect([" 2.50 ", "$3", "0,5", ""].map(dollarsOf)).toEqual([2.5, 3, 0.5, null]);
  });

  it("are more than nothing, or not given", () => {
    expect(["", "1", "$0.01"].map(wrongDollars)).toEqual(["", "", ""]);
    for (const text of ["0", "-1", "much", "1e999", "NaN"]) expect(wrongDollars(text)).not.toBe("");
  });
});

it("is asked where a generator says that it costs", () => {
  expect(doesCost({ title: "Claude writes it; it costs money" })).toBe(true);
  expect(doesCost({ title: "From templates" })).toBe(false);
});
