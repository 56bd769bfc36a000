/** @file What one may do with the token that one has signed in with: the server says it, and buttons go by it. */

import { signal } from "@preact/signals";
import { api, need, Problem } from "./api/client";
import type { Me, Scope } from "./api/types";
import { connection } from "./live/board";
import { denials, signIns } from "./session";

/** What a token may do, in words. */
export const MAY: Readonly<Record<Scope, string>> = {
  metrics: "read figures",
  read: "look",
  run: "look, start and cancel",
  admin: "do everything",
};

const NEEDED: Readonly<Record<Scope, string>> = {
  metrics: "read figures",
  read: "look",
  run: "start and change things",
  admin: "do everything",
};
/** Each may do what those before it may. */
const LADDER: readonly Scope[] = ["metrics", "read", "run", "admin"];

/** Who one is to the server; null as long as that is not known. */
export const me = signal<Me | null>(null);

/** Why one may not do what needs this; empty when one may, or when nobody knows yet: the server has the last word anyway. */
export function lacks(needed: Scope): string {
  const mine = me.value;
  if (mine === null || LADDER.indexOf(mine.scope) >= LADDER.indexOf(needed)) return "";
  const only = mine.scope === "read" || mine.scope === "metrics" ? "only " : "";
  return `Your token, ${mine.name}, may ${only}${MAY[mine.scope]}. This needs one that may ${NEEDED[needed]}.`;
}

/** Asks who one is: at once, after each sign-in, when the server is back, and when it has refused something that one seemed to be allowed. */
export function followRights(): void {
  signIns.subscribe(() => {
    me.value = null;
    ask();
  });
  denials.subscribe((many) => many > 0 && ask());
  let away = false;
  connection.subscribe((now) => {
    if (now === "live" && away) ask();
    away = now === "away";
  });
}

let last: AbortController | null = null;

/** Asks; an answer to an earlier question counts no more. */
function ask(): void {
  last?.abort();
  const mine = (last = new AbortController());
  need(api.GET("/api/me", { signal: mine.signal })).then(
    (found) => {
      if (!mine.signal.aborted) me.value = found;
    },
    (error: unknown) => {
      if (!mine.signal.aborted && error instanceof Problem && !error.passing) me.value = null;
    },
  );
}
