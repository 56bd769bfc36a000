import { beforeAll, describe, expect, it, vi } from "vitest";
import { sentence } from "./words";

vi.hoisted(() => {
  const location = { hash: "", href: "http://localhost/", origin: "http://localhost" };
  vi.stubGlobal("window", { location, addEventListener: () => undefined });
});

let makers: typeof import("./ready").makers;

beforeAll(async () => {
  ({ makers } = await import("./ready"));
});

describe("makers", () => {
  it("come with the standard one first, and those that cannot be used last", () => {
    const all = { a: { available: false, reason: "No.", hint: "Do." }, c: { available: true }, b: { available: true }, d: { available: false } };
    const list = makers(all, "d", new Map([["c", "See"]]));
    expect(list.map((one) => one.name)).toEqual(["d", "b", "c", "a"]);
    expect(list[2]).toEqual({ name: "c", title: "See", available: true, reason: "", hint: "", standard: false });
    expect(list[3]?.hint).toBe("Do.");
  });
});

describe("sentence", () => {
  it("begins with a capital and ends with a full stop", () => {
    expect(sentence("it is not configured")).toBe("It is not configured.");
    expect(sentence("Is it?")).toBe("Is it?");
    expect(sentence(" ")).toBe("");
  });
});
