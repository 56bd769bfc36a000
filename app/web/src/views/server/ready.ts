/** @file What the server says of itself, asked for as long as somebody looks. */

import { type Signal, signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { api, authorized, need, problem } from "../../api/client";
import { at } from "../../base";
import type { components } from "../../api/schema";

const EVERY_MS = 5_000;

type Ready = components["schemas"]["ReadyModel"];

/** Something that makes things: an engine, a generator or a pipeline. */
export interface Maker {
  readonly name: string;
  readonly title: string;
  readonly available: boolean;
  readonly reason: string;
  readonly hint: string;
  readonly standard: boolean;
}

/** The use of one kind, and its limits. */
export interface Use {
  readonly running: number;
  readonly running_limit: number;
  readonly queued: number;
  readonly queued_limit: number;
}

/** The sandbox, as it was found by trying. */
export interface Sandbox {
  readonly level: "L0" | "L1" | "L2" | "L3" | null;
  readonly passed: readonly string[];
  readonly missing: readonly { what: string; why: string; hint: string }[];
  readonly node: string | null;
  readonly pnpm: string | null;
  readonly problem: string;
}

/** What the server says. */
export interface State extends Omit<Ready, "jobs" | "builds" | "projects" | "sandbox"> {
  readonly jobs: Use;
  readonly builds: Use;
  readonly projects: Use;
  readonly sandbox: Sandbox;
}

/** How makers are called, beyond their names. */
export type Titles = ReadonlyMap<string, string>;

/** Follows the server's state for as long as it is drawn. */
export function useReady(): { state: Signal<State | null>; titles: Signal<Titles>; error: Signal<unknown>; ask: () => void } {
  const [kept] = useState(() => ({ state: signal<State | null>(null), titles: signal<Titles>(new Map()), error: signal<unknown>(null) }));
  const ask = async (): Promise<void> => {
    try {
      kept.state.value = await ready();
      kept.error.value = null;
    } catch (error) {
      kept.error.value = error;
    }
  };
  useEffect(() => {
    void ask();
    titles().then((known) => (kept.titles.value = known), () => undefined);
    const timer = setInterval(() => document.visibilityState === "visible" && void ask(), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return { ...kept, ask: () => void ask() };
}

/** Asks; a server that cannot work answers 503, and says why in the same words. */
async function ready(): Promise<State> {
  const response = await authorized(new Request(at("/health/ready")));
  const body: unknown = await response.json().catch(() => ({}));
  if (typeof body === "object" && body !== null && "ready" in body) return body as State;
  throw problem(response, body);
}

async function titles(): Promise<Titles> {
  const [engines, generators] = await Promise.all([need(api.GET("/engines")), need(api.GET("/api/generators"))]);
  return new Map([...engines.engines, ...generators.generators].map((one) => [one.name, one.title]));
}

/** Lists makers: the standard one first, then those that can be used, then by name (pure). */
export function makers(all: Readonly<Record<string, unknown>>, standard: string, titles: Titles): Maker[] {
  const list = Object.entries(all).map(([name, said]): Maker => {
    const { available = false, reason = "", hint = "" } = said as Partial<Maker>;
    return { name, title: titles.get(name) ?? name, available, reason, hint, standard: name === standard };
  });
  const rank = (one: Maker): number => (one.standard ? 0 : one.available ? 1 : 2);
  return list.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}
