import { describe, expect, it } from "vitest";
import { add, countOf, fate, isStarted, type Message, phases } from "./messages";

function said(from: number, to: number): Message[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({ number: from + index, type: "status", content: "", timestamp: "" }));
}

describe("add", () => {
  it("puts messages in order, each once", () => {
    const pieces = add(add([], said(1, 3)), said(2, 5));
    expect(pieces.flat().map((one) => one.number)).toEqual([1, 2, 3, 4, 5]);
  });
  it("leaves full pieces as they are", () => {
    const first = add([], said(1, 150));
    const second = add(first, said(151, 260));
    expect(second.map((piece) => piece.length)).toEqual([100, 100, 60]);
    expect(second[0]).toBe(first[0]);
    expect(first[1]?.length).toBe(50);
    expect(countOf(second)).toBe(260);
  });
  it("changes nothing when there is nothing new", () => {
    const pieces = add([], said(1, 3));
    expect(add(pieces, said(1, 3))).toBe(pieces);
  });
});

describe("fate", () => {
  const delivery = { queued: 9, delivered: 3, refused: 0, expired: 0, waiting: 6, trouble: "" };
  it("is known by the order", () => {
    expect(fate(3, delivery)).toBe("delivered");
    expect(fate(4, delivery)).toBe("waiting");
  });
  it("does not say which was given up, as that is not told", () => {
    expect(fate(4, { ...delivery, refused: 1 })).toBe("settled");
    expect(fate(5, { ...delivery, refused: 1 })).toBe("waiting");
  });
});

describe("phases", () => {
  const states = (state: "queued" | "running" | "succeeded" | "failed", stage: string): string =>
    phases({ state, stage }).map((one) => one.state[0]).join("");
  it("follow the build", () => {
    expect(states("queued", "")).toBe("aaaaa");
    expect(states("running", "install")).toBe("ddnaa");
    expect(states("failed", "install")).toBe("ddsaa");
    expect(states("succeeded", "start")).toBe("ddddd");
  });
});

describe("isStarted", () => {
  it("is so from the start on, unless that went wrong", () => {
    expect(isStarted({ state: "running", stage: "install" })).toBe(false);
    expect(isStarted({ state: "running", stage: "start" })).toBe(true);
    expect(isStarted({ state: "failed", stage: "start" })).toBe(false);
  });
});
