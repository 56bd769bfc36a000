/** @file What is shown in a conversation, in words. */

import { count, dollars, duration, plural, stage } from "../../words";
import type { Entry, FileNote, Finish, Retry, Tool, Used } from "./entries";
import type { Part } from "./snapshot";

/** What is said beside the state in which a run has ended: "in 14 s · 12 turns · $0.12". */
export function ending({ state, seconds, used, between, reason }: Finish): string {
  if (between && state === "succeeded") return reason || "The files are there again.";
  const time = seconds === null ? [] : [`${state === "succeeded" ? "in" : "after"} ${duration(seconds)}`];
  const whole = [...time, ...usage(used)].join(" · ");
  return [whole, reason].filter(Boolean).join(": ");
}

/** What was used of a model, by part; nothing when nothing was. */
export function usage({ tokens, turns, dollars: cost }: Used): string[] {
  const parts: string[] = [];
  if (turns > 0) parts.push(plural(turns, "turn"));
  if (tokens > 0) parts.push(plural(tokens, "token"));
  if (cost > 0) parts.push(dollars(cost));
  return parts;
}

/** A part of a budget with its unit. */
export function amount(part: Part, value: number): string {
  if (part === "cost_usd") return dollars(value);
  if (part === "seconds") return value > 0 ? duration(value) : "none";
  return count(value);
}

/** What a tool did it to: a path, a command, or nothing. */
export function subject({ input, files }: Pick<Tool, "input" | "files">): string {
  for (const name of ["path", "argv", "packages", "name"]) {
    const value = input[name];
    if (typeof value === "string" && value) return value.split("\n", 1)[0] ?? "";
    if (Array.isArray(value) && value.length > 0) return value.join(" ");
  }
  return files.length === 1 ? (files[0]?.path ?? "") : "";
}

/** "Write file" for write_file. */
export const toolTitle = (tool: string): string => stage(tool);

/** How long a tool took, or that it had nothing to do. */
export const took = ({ seconds, cached }: Pick<Tool, "seconds" | "cached">): string =>
  cached ? "done before" : duration(seconds);

/** "created, 101 lines". */
export function fileWords({ change, lines }: FileNote): string {
  return lines === null ? change : `${change}, ${plural(lines, "line")}`;
}

/** That something is asked again, and when. */
export function retrying({ attempt, most, delay, problem }: Retry): string {
  const when = delay === null ? "" : ` in ${duration(delay)}`;
  return `${problem} It is asked again${when}: ${count(attempt)} of ${count(most)} times.`;
}

/** How many steps: "12 steps, 9 files". */
export function steps(tools: readonly Tool[]): string {
  const files = new Set(tools.flatMap((tool) => tool.files.map((file) => file.path))).size;
  const words = plural(tools.length, "step");
  return files === 0 ? words : `${words}, ${plural(files, "file")}`;
}

/** One entry, or tools that follow each other. */
export type Shown =
  | { readonly kind: "one"; readonly entry: Entry }
  | { readonly kind: "tools"; readonly key: string; readonly tools: readonly Tool[]; readonly byHand: boolean };

/** Puts tools that follow each other together; those that come when a run has ended, somebody has called by hand. */
export function gathered(entries: readonly Entry[]): Shown[] {
  const shown: Shown[] = [];
  let tools: Tool[] = [];
  let byHand = false;
  const put = (): void => {
    const first = tools[0];
    if (first !== undefined) shown.push({ kind: "tools", key: `tools-${first.key}`, tools, byHand });
    tools = [];
  };
  for (const entry of entries) {
    if (entry.kind === "tool") {
      tools.push(entry);
    } else {
      put();
      if (entry.kind === "finish") byHand = true;
      if (entry.kind === "prompt" || entry.kind === "again") byHand = false;
      shown.push({ kind: "one", entry });
    }
  }
  put();
  return shown;
}
