import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Row } from "../../api/types";

vi.hoisted(() => {
  // The address is read when the module of places is loaded.
  const location = { hash: "", href: "http://localhost/", origin: "http://localhost" };
  vi.stubGlobal("window", { location, addEventListener: () => undefined });
});

let filters: typeof import("./filter");

beforeAll(async () => {
  filters = await import("./filter");
});

function made(parts: Partial<Row>): Row {
  return {
    ...{ id: "job-1", kind: "job", name: "3 photos", state: "running", reason: "", step: "match", percent: 1, done: null, total: null },
    ...{ remaining_s: null, queue_position: 0, by: "simulated", preview: null, cost_usd: null, created: "", updated: "", href: "" },
    ...(parts as object),
  } as Row;
}

const ROWS = [
  made({ id: "a", kind: "job", state: "running" }),
  made({ id: "b", kind: "project", state: "failed", name: "Habit tracker", reason: "npm did not answer." }),
  made({ id: "c", kind: "project", state: "running", name: "Shop" }),
];

describe("the address", () => {
  it("has the filter, and gives it back", () => {
    const filter = { kind: "build", state: "failed", text: "two words & more" } as const;
    const address = filters.address(filter);
    expect(address).toBe("#/?kind=build&state=failed&q=two+words+%26+more");
    expect(filters.read(new URLSearchParams(address.slice(3)))).toEqual(filter);
  });
  it("is short where nothing is filtered", () => {
    expect(filters.address(filters.ALL)).toBe("#/");
  });
  it("filters nothing by what is not known", () => {
    expect(filters.read(new URLSearchParams("kind=toString&state=over"))).toEqual(filters.ALL);
  });
});

describe("sift", () => {
  it("lets everything through", () => {
    expect(filters.sift(ROWS, filters.ALL).ids).toEqual(["a", "b", "c"]);
  });
  it("filters by kind and state", () => {
    expect(filters.sift(ROWS, { kind: "project", state: "running", text: "" }).ids).toEqual(["c"]);
  });
  it("finds all words, wherever they are", () => {
    expect(filters.sift(ROWS, { kind: null, state: null, text: " TRACKER npm " }).ids).toEqual(["b"]);
    expect(filters.sift(ROWS, { kind: null, state: null, text: "3d model" }).ids).toEqual(["a"]);
    expect(filters.sift(ROWS, { kind: null, state: null, text: "tracker shop" }).ids).toEqual([]);
  });
  it("counts what each choice would show", () => {
    const { counts } = filters.sift(ROWS, { kind: "project", state: "running", text: "" });
    expect(Object.fromEntries(counts.kinds)).toEqual({ null: 2, job: 1, project: 1 });
    expect(Object.fromEntries(counts.states)).toEqual({ null: 2, failed: 1, running: 1 });
  });
});

describe("isAll", () => {
  it("is so for blanks", () => {
    expect(filters.isAll({ ...filters.ALL, text: "  " })).toBe(true);
    expect(filters.isAll({ ...filters.ALL, text: "a" })).toBe(false);
  });
});

describe("summary", () => {
  it("says how many there are", () => {
    expect(filters.summary([...ROWS, made({ state: "queued" })])).toBe("2 running, 1 waiting, 1 ended");
  });
});
