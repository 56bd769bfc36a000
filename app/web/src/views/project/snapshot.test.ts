import { describe, expect, it } from "vitest";
import type { Event, Project } from "../../api/types";
import { ending, gathered, retrying, steps, subject } from "./phrases";
import { code, patched, proposed, reached, title } from "./snapshot";

const usage = { input_tokens: 10, output_tokens: 5, cached_tokens: 5, cost_usd: 0.5, turns: 3, seconds: 9, model: null };
const project = {
  ...{ id: "project-1", name: "garden", state: "running", reason: "", attempt: 1, queue_position: 0, step: "writing" },
  ...{ updated: "2026-01-01T00:00:05.000Z", progress: { percent: 10 }, usage, budget: { tokens: 20 }, result: null },
} as unknown as Project;

const event = (type: string, second: number, data: object): Event => ({
  ...{ seq: second, id: "project-1", type, data },
  time: `2026-01-01T00:00:0${second}.000Z`,
});

describe("a snapshot", () => {
  it("takes what is newer than itself", () => {
    const progress = event("progress", 6, { stage: "installing", percent: 45, done: null, total: null, remaining_s: 2 });
    const now = patched(project, [progress, event("state", 7, { state: "succeeded", attempt: 1, reason: "" })]);
    expect(now).toMatchObject({ state: "succeeded", step: "installing", progress: { percent: 45 }, queue_position: 0 });
  });

  it("does not take what it already has", () => {
    expect(patched(project, [event("state", 4, { state: "failed" }), event("state", 5, { state: "failed" })])).toBe(project);
  });

  it("knows its title and the code of a failure", () => {
    expect([title(project), title(project, "Gardens")]).toEqual(["garden", "Gardens"]);
    const failed = { ...project, result: { title: "Garden", code: "budget_reached" } } as unknown as Project;
    expect([title(failed), code(failed), code(project)]).toEqual(["Garden", "budget_reached", ""]);
  });

  it("knows which part of the budget is used up, and what to propose", () => {
    expect(reached(project)).toBe("tokens");
    expect(reached({ ...project, budget: {} })).toBe("cost_usd");
    expect([proposed(0), proposed(0.5), proposed(0.013), proposed(45_012)]).toEqual([1, 1, 0.03, 100_000]);
  });
});

describe("phrases", () => {
  const base = { key: "1", at: "", kind: "tool", ok: true, result: "", cached: false, version: null, seconds: 0.5 } as const;

  it("says what a tool was about", () => {
    expect(subject({ input: { path: "a.js", content: "x" }, files: [] })).toBe("a.js");
    expect(subject({ input: { argv: ["pnpm", "run", "build"] }, files: [] })).toBe("pnpm run build");
    expect(subject({ input: {}, files: [] })).toBe("");
  });

  it("puts tools that follow each other together", () => {
    const tool = (key: string) => ({ ...base, key, tool: "write_file", input: {}, files: [{ path: "a", change: "created", size: 1, lines: 1 }] }) as const;
    const note = { key: "3", at: "", kind: "note", level: "info", text: "x" } as const;
    const shown = gathered([tool("1"), tool("2"), note, tool("4")]);
    expect(shown.map((each) => each.kind)).toEqual(["tools", "one", "tools"]);
    expect(shown[0]?.kind === "tools" && steps(shown[0].tools)).toBe("2 steps, 1 file");
    const used = { tokens: 0, turns: 0, dollars: 0 };
    const finish = { key: "5", at: "", kind: "finish", run: 1, state: "succeeded", reason: "", between: false, seconds: 1, used } as const;
    const after = gathered([tool("1"), finish, tool("6")]);
    expect(after.map((each) => each.kind === "tools" && each.byHand)).toEqual([false, false, true]);
  });

  it("says how a run has ended, and that something is asked again", () => {
    const finish = { key: "1", at: "", kind: "finish", run: 1, state: "succeeded", reason: "", between: false } as const;
    expect(ending({ ...finish, seconds: 14, used: { tokens: 1200, turns: 2, dollars: 0.0113 } })).toBe("in 14 s · 2 turns · 1,200 tokens · $0.0113");
    expect(ending({ ...finish, seconds: null, used: { tokens: 0, turns: 0, dollars: 0 } })).toBe("");
    const back = { ...finish, seconds: null, used: { tokens: 0, turns: 0, dollars: 0 } };
    expect(ending({ ...back, between: true, reason: "A copy of another project." })).toBe("A copy of another project.");
    expect(ending({ ...back, state: "paused", reason: "Too dear." })).toBe("Too dear.");
    expect(retrying({ key: "1", at: "", kind: "retry", attempt: 2, most: 5, delay: 3, problem: "Overloaded." })).toBe(
      "Overloaded. It is asked again in 3.0 s: 2 of 5 times.",
    );
  });
});
