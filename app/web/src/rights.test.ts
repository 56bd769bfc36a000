import { beforeEach, expect, test, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("window", { location: { hash: "", href: "http://127.0.0.1/" }, addEventListener: () => undefined }));

import type { Scope } from "./api/types";
import { lacks, me } from "./rights";

const SCOPES: readonly Scope[] = ["metrics", "read", "run", "admin"];

beforeEach(() => void (me.value = null));

test("what is not known is left to the server", () => expect(SCOPES.map(lacks)).toEqual(["", "", "", ""]));

test("a token may do what is on its step of the ladder, and below", () => {
  const allowed = SCOPES.map((scope) => {
    me.value = { name: "guest", scope, expires: null };
    return SCOPES.filter((needed) => lacks(needed) === "");
  });
  expect(allowed).toEqual([
    ["metrics"],
    ["metrics", "read"],
    ["metrics", "read", "run"],
    ["metrics", "read", "run", "admin"],
  ]);
});

test("why not is said in words", () => {
  me.value = { name: "guest", scope: "read", expires: null };
  expect(lacks("metrics")).toBe("");
  expect(lacks("run")).toBe("Your token, guest, may only look. This needs one that may start and change things.");
  me.value = { name: "robot", scope: "run", expires: null };
  expect(lacks("admin")).toBe("Your token, robot, may look, start and cancel. This needs one that may do everything.");
});
