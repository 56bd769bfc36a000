import { expect, test } from "vitest";
import type { Event } from "../../api/types";
import { fold, NEW } from "./watch";

const event = (seq: number, type: string, data: Record<string, unknown>): Event => ({
  ...{ seq, type, data, id: "job-1" },
  time: `2026-01-01T00:00:${String(seq).padStart(2, "0")}.000Z`,
});
const RUN = [
  event(1, "state", { state: "queued", attempt: 0, reason: "", queue_position: 2 }),
  event(2, "state", { state: "queued", attempt: 0, reason: "", queue_position: 1 }),
  event(3, "state", { state: "running", attempt: 1, reason: "" }),
  event(4, "log", { level: "info", message: "one" }),
  event(5, "progress", { stage: "loading", percent: 10, done: 1, total: 2, remaining_s: 9, attempt: 1 }),
  event(6, "progress", { stage: "matching", percent: 20, done: 1, total: 3, remaining_s: 8, attempt: 1 }),
];

test("how far it is, its stages and its log", () => {
  const watch = fold(NEW, RUN);
  expect(watch.doing).toMatchObject({ state: "running", attempt: 1, step: "matching", percent: 20, done: 1, total: 3, remaining_s: 8 });
  expect(watch.stages.map((stage) => [stage.name, stage.ended !== null])).toEqual([["loading", true], ["matching", false]]);
  expect(watch.lines.map((line) => line.message)).toEqual(["Accepted, waits for its turn", "Begins", "one"]);
});

test("nothing is taken twice", () => {
  const watch = fold(NEW, RUN);
  expect(fold(watch, RUN.slice(1))).toEqual(watch);
  expect(fold(fold(NEW, RUN.slice(0, 4)), RUN.slice(2))).toEqual(watch);
});

test("a server that was killed: the next attempt begins its stages anew, and the log goes on", () => {
  const watch = fold(fold(NEW, RUN), [
    event(7, "state", { state: "queued", attempt: 1, reason: "The server was started again.", queue_position: 1 }),
    event(8, "state", { state: "running", attempt: 2, reason: "The server was started again." }),
    event(9, "progress", { stage: "loading", percent: 5, done: 1, total: 2, remaining_s: null, attempt: 2 }),
  ]);
  expect(watch.doing).toMatchObject({ attempt: 2, percent: 5, step: "loading" });
  expect(watch.stages).toHaveLength(1);
  expect(watch.lines.map((line) => line.message).slice(-2)).toEqual([
    "Waits for another attempt: The server was started again.",
    "Attempt 2 begins",
  ]);
});

test("the end", () => {
  const watch = fold(fold(NEW, RUN), [
    event(7, "state", { state: "succeeded", attempt: 1, reason: "" }),
    event(8, "end", { state: "succeeded", reason: "", result: { triangles: 5 } }),
  ]);
  expect(watch).toMatchObject({ ended: true, result: { triangles: 5 }, doing: { state: "succeeded", percent: 100 } });
  expect(watch.stages.every((stage) => stage.ended)).toBe(true);
  expect(watch.lines.at(-1)?.message).toBe("Done");
});

test("a gap says what is missing, and how it is", () => {
  const snapshot = { state: "running", reason: "", attempt: 3, stage: "matching", percent: 50, queue_position: 0 };
  const watch = fold(NEW, [event(40, "gap", { missed_from: 1, missed_to: 40, snapshot })]);
  expect(watch.last).toBe(40);
  expect(watch.doing).toMatchObject({ attempt: 3, percent: 50 });
  expect(watch.lines[0]?.message).toBe("40 earlier events are no longer kept.");
});

test("a stream that begins again is taken anew", () => {
  const watch = fold(fold(NEW, RUN), RUN.slice(0, 1));
  expect(watch.last).toBe(1);
  expect(watch.lines).toHaveLength(1);
});

test("the log is bounded", () => {
  const many = Array.from({ length: 2_100 }, (_, at) => event(at + 1, "log", { level: "info", message: String(at) }));
  const watch = fold(fold(NEW, many.slice(0, 1_500)), many.slice(1_500));
  expect(watch.lines).toHaveLength(2_000);
  expect(watch.dropped).toBe(100);
  expect(watch.lines[0]?.message).toBe("100");
});
