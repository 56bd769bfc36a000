import { describe, expect, it } from "vitest";
import { numberOf, type Version, type Versions, withNewest, withOlder } from "./list";

function page(from: number, until: number, next: string | null): Versions {
  const versions: Version[] = [];
  for (let number = from; number >= until; number -= 1) {
    versions.push({
      id: `v${number}`,
      time: "2026-01-01T00:00:00.000Z",
      label: "",
      cause: "",
      files: 1,
      bytes: 1,
      changed: { added: 0, modified: 0, removed: 0 },
      notes: [],
    });
  }
  return { versions, next };
}

const ids = ({ versions }: Versions): string => versions.map(({ id }) => numberOf(id)).join(" ");

describe("withNewest", () => {
  it("is the first page at first", () => expect(withNewest(null, page(3, 1, null))).toEqual(page(3, 1, null)));

  it("keeps the older ones, and what asks for more", () => {
    const now = withNewest(page(9, 4, "v4"), page(11, 9, "v9"));
    expect([ids(now), now.next]).toEqual(["11 10 9 8 7 6 5 4", "v4"]);
  });

  it("asks for more from its own end when nothing older is known", () => {
    const now = withNewest(page(5, 4, "v4"), page(7, 4, "v4"));
    expect([ids(now), now.next]).toEqual(["7 6 5 4", "v4"]);
  });

  it("leaves no hole", () => {
    const now = withNewest(page(5, 1, null), page(20, 16, "v16"));
    expect([ids(now), now.next]).toEqual(["20 19 18 17 16", "v16"]);
  });

  it("forgets what is no longer there", () => {
    expect(ids(withNewest(page(9, 1, null), page(9, 7, null)))).toBe("9 8 7");
  });
});

describe("withOlder", () => {
  it("adds each once", () => {
    const now = withOlder(page(9, 7, "v7"), page(8, 5, null));
    expect([ids(now), now.next]).toEqual(["9 8 7 6 5", null]);
  });
});

describe("numberOf", () => {
  it("is 0 of what is no version", () => expect([numberOf("v12"), numberOf("12"), numberOf("")]).toEqual([12, 0, 0]));
});
