/** @file The versions of a project that are known: the newest as they come, older ones when they are asked for. */

import { useEffect, useState } from "preact/hooks";
import { api, need } from "../../../api/client";
import { useLoad } from "../../../ui/load";
import { attempt } from "../../../ui/toasts";
import { numberOf, type Version, type Versions, withNewest, withOlder } from "./list";

const PAGE = 50;

/** What is known, and what asks for more. */
export interface Known {
  readonly versions: Versions | null;
  /** Why the newest are not known. */
  readonly error: unknown;
  readonly again: () => void;
  readonly older: () => Promise<void>;
}

/** Knows a project's versions; asks for the newest whenever `revision` changes. */
export function useVersions(id: string, revision: number): Known {
  const [versions, set] = useState<Versions | null>(null);
  const [newest, again] = useLoad((signal) => page(id, undefined, PAGE, signal), [id, revision]);
  useEffect(() => {
    if (newest.state === "there") set((known) => withNewest(known, newest.value));
  }, [newest]);
  const older = async (): Promise<void> => {
    if (!versions?.next) return;
    const { next } = versions;
    await attempt(async () => {
      const further = await page(id, next, PAGE);
      set((known) => (known === null ? further : withOlder(known, further)));
    });
  };
  return { versions, error: newest.state === "failed" ? newest.error : null, again, older };
}

/** One version: of those that are known, or asked for; undefined until that is known, and null when there is none. */
export function useVersion(id: string, version: string, known: readonly Version[]): Version | null | undefined {
  const there = known.find((one) => one.id === version);
  const [asked] = useLoad(
    async (signal) => (there || !numberOf(version) ? null : page(id, `v${numberOf(version) + 1}`, 1, signal)),
    [id, version, there === undefined],
  );
  if (there !== undefined) return there;
  if (asked.state !== "there") return undefined;
  const found = asked.value?.versions[0];
  return found?.id === version ? found : null;
}

async function page(id: string, before: string | undefined, limit: number, signal: AbortSignal | null = null): Promise<Versions> {
  const query = { limit, ...(before === undefined ? {} : { before }) };
  const answer = await need(api.GET("/api/projects/{id}/versions", { params: { path: { id }, query }, signal }));
  return { versions: answer.versions, next: answer.next ?? null };
}
