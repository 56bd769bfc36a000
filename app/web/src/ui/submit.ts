/** @file A form that is sent: once at a time, and with what is wrong with it. */

import { type Signal, signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { Problem } from "../api/client";
import type { Scope } from "../api/types";
import { lacks } from "../rights";
import { say } from "./toasts";

/** What is wrong with fields, by their names. */
export type Problems = Readonly<Record<string, string>>;

/** How a form is, and what sends it. */
export interface Submission {
  /** Whether it is being sent. */
  readonly busy: Signal<boolean>;
  /** Why it could not be sent the last time; null when nothing was in the way. */
  readonly failure: Signal<unknown>;
  /** What is wrong with its fields, as the page or the server says. */
  readonly problems: Signal<Problems>;
  /**
   * Sends it, unless it is being sent already, something is wrong with it, or one may not.
   *
   * @param work What sends it; when it fails, that is kept in `failure` and in `problems`.
   * @param found What the page has found wrong.
   * @returns Whether it began.
   */
  readonly start: (work: () => Promise<unknown>, found?: Problems) => boolean;
}

/** What a form is sent with, for as long as the component is drawn; `needs` is what one must be allowed. */
export function useSubmit(needs: Scope): Submission {
  return useMemo(() => submission(needs), [needs]);
}

/** What a form is sent with. */
export function submission(needs: Scope): Submission {
  const busy = signal(false);
  const failure = signal<unknown>(null);
  const problems = signal<Problems>({});
  const send = async (work: () => Promise<unknown>): Promise<void> => {
    busy.value = true;
    try {
      await work();
    } catch (error) {
      failure.value = error;
      const said = problemsOf(error);
      if (said !== null) problems.value = said;
    } finally {
      busy.value = false;
    }
  };
  const start = (work: () => Promise<unknown>, found: Problems = {}): boolean => {
    if (busy.value) return false;
    const why = lacks(needs);
    if (why) say(why);
    problems.value = found;
    failure.value = null;
    if (why || Object.keys(found).length > 0) return false;
    void send(work);
    return true;
  };
  return { busy, failure, problems, start };
}

/** What the server has against fields, by their names in the form; null when it was not the server that refused. */
export function problemsOf(error: unknown): Problems | null {
  if (!(error instanceof Problem)) return null;
  return Object.fromEntries(error.fields.map((one) => [one.field.replace(/^params\./, ""), one.problem]));
}
