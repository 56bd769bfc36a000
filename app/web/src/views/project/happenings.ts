/** @file What happens to an app's own server, in words. */

import type { Server } from "./entries";

type Data = Record<string, any>;
type Told = Pick<Server, "state" | "text" | "tail">;

/** By the type of the event. */
export const SERVER: Record<string, (data: Data) => Told> = {
  server_started: () => ({ state: "starting", text: "The app is starting.", tail: "" }),
  preview_ready: () => ({ state: "running", text: "The app runs.", tail: "" }),
  server_stopped: ({ reason }) => ({ state: "stopped", text: sentence("The app was stopped", reason), tail: "" }),
  server_crashed: crashed,
};

function crashed({ exit, reason, tail, restart_in_s: pause }: Data): Told {
  const what = sentence(exit === null || exit === undefined ? "The app crashed" : `The app crashed (exit ${exit})`, reason);
  const next = pause === null || pause === undefined ? "It is not started again by itself." : "It is started again.";
  return { state: "crashed", text: `${what} ${next}`, tail: Array.isArray(tail) ? tail.join("\n") : String(tail ?? "") };
}

function sentence(what: string, reason: unknown): string {
  const why = String(reason ?? "").trim();
  return why ? `${what}: ${why}${/[.!?]$/.test(why) ? "" : "."}` : `${what}.`;
}
