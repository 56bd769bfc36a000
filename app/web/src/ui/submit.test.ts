import { beforeEach, describe, expect, test, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("window", { location: { hash: "", href: "http://127.0.0.1/" }, addEventListener: () => undefined }));

import { Problem } from "../api/client";
import { me } from "../rights";
import { submission } from "./submit";

/** Work that ends when it is told to. */
function held() {
  let end = { well: (): void => undefined, badly: (_: unknown): void => undefined };
  const calls = vi.fn(() => new Promise<void>((well, badly) => (end = { well, badly })));
  return { calls, end: () => end };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => void (me.value = null));

describe("a form", () => {
  test("is sent once at a time", async () => {
    const { calls, end } = held();
    const form = submission("run");
    expect([form.start(calls), form.busy.value, form.start(calls)]).toEqual([true, true, false]);
    end().well();
    await settled();
    expect(form.busy.value).toBe(false);
    expect(form.start(calls)).toBe(true);
    expect(calls).toHaveBeenCalledTimes(2);
  });

  test("is not sent with something wrong in it", () => {
    const { calls } = held();
    const form = submission("run");
    expect(form.start(calls, { prompt: "Say something." })).toBe(false);
    expect([form.problems.value, form.busy.value]).toEqual([{ prompt: "Say something." }, false]);
    expect(calls).not.toHaveBeenCalled();
  });

  test("keeps what the server says, with fields called as in the form, until the next time", async () => {
    const form = submission("run");
    const problem = new Problem(422, "Two fields are wrong.", "", [
      { field: "params.seed", problem: "too large" },
      { field: "prompt", problem: "too long" },
    ]);
    form.start(() => Promise.reject(problem));
    await settled();
    expect([form.failure.value, form.busy.value]).toEqual([problem, false]);
    expect(form.problems.value).toEqual({ seed: "too large", prompt: "too long" });
    form.start(() => Promise.resolve());
    expect([form.failure.value, form.problems.value]).toEqual([null, {}]);
  });

  test("shows a refusal that the page did not foresee, in the server's words", async () => {
    me.value = { name: "guest", scope: "run", expires: null };
    const form = submission("run");
    const refusal = new Problem(403, "The token 'guest' may read, and this needs a token that may run.");
    form.start(() => Promise.reject(refusal));
    await settled();
    expect(form.failure.value).toBe(refusal);
  });

  test("also fails with what is no answer of the server", async () => {
    const form = submission("run");
    const error = new Error("It broke.");
    form.start(() => Promise.reject(error), {});
    await settled();
    expect([form.failure.value, form.problems.value, form.busy.value]).toEqual([error, {}, false]);
  });

  test("is not sent with a token that may not", () => {
    me.value = { name: "guest", scope: "read", expires: null };
    const { calls } = held();
    expect(submission("run").start(calls)).toBe(false);
    expect(calls).not.toHaveBeenCalled();
    expect(submission("read").start(calls)).toBe(true);
  });
});
