/** @file What a person does with a row: stop it, start it again, take it away. */

import { send } from "../../api/client";
import { isFinal, type Row } from "../../api/types";
import { confirm } from "../../ui/dialog";
import { attempt, say } from "../../ui/toasts";
import { KINDS } from "../../words";
import { forget } from "./older";

/** The word on the button that starts it again; empty where there is none. */
export function againWord(one: Pick<Row, "kind" | "state">): string {
  if (!isFinal(one.state)) return "";
  if (one.kind === "project") return one.state === "succeeded" ? "" : "Continue";
  return one.state === "succeeded" ? "Run again" : "Retry";
}

/** Has it stopped. */
export function cancel(one: Row): Promise<boolean> {
  return attempt(() => send(`${one.href}?cancel_only=true`, { method: "DELETE" }));
}

/** Has it done again: a project goes on where it stopped, of the others there is a new one. */
export function again(one: Row): Promise<boolean> {
  return attempt(async () => {
    const path = one.kind === "project" ? `${one.href}/continue` : `${one.href}/retry`;
    await send(path, { method: "POST" });
    say(one.kind === "project" ? `“${one.name}” goes on.` : `“${one.name}” was started again: the new one is at the top.`);
  });
}

/** Takes it away, once that was confirmed. */
export async function remove(one: Row): Promise<boolean> {
  const title = `Remove this ${KINDS[one.kind].replace(/^[A-Z]/, (letter) => letter.toLowerCase())}?`;
  if (!(await confirm(title, `${LOST[one.kind](one.name)} This cannot be taken back.`, "Remove"))) return false;
  return attempt(async () => {
    await send(one.href, { method: "DELETE" });
    forget(one.id);
  });
}

const LOST: Record<Row["kind"], (name: string) => string> = {
  job: (name) => `The model that was made of ${name}, and the photos on the server, will be gone.`,
  build: (name) => `What is known of “${name}” and messages that were not delivered will be gone. Its workspace stays.`,
  project: (name) => `“${name}” will be gone with its files, its versions and its running app.`,
};
