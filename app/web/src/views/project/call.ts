/** @file Calls a tool of a project by hand: the same that generators use. */

import { send } from "../../api/client";

/** What a tool has answered. */
export interface Result {
  readonly tool: string;
  /** Whether it did what it was asked for. */
  readonly ok: boolean;
  /** What it said, and when it did not, what to do. */
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Whether the text was too long to be told whole. */
  readonly cut: boolean;
}

/**
 * Calls it.
 *
 * @throws Problem It could not be called: there is no such tool, a parameter cannot be, or the server is busy.
 */
export async function call(id: string, tool: string, parameters: Readonly<Record<string, unknown>>, signal: AbortSignal | null = null): Promise<Result> {
  const options = { method: "POST", body: JSON.stringify(parameters), headers: { "Content-Type": "application/json" }, signal };
  return (await (await send(`/api/projects/${encodeURIComponent(id)}/tools/${tool}`, options)).json()) as Result;
}
