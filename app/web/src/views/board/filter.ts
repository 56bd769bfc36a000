/** @file Which rows are shown: the filter as it stands in the address, so that it is a link. */

import { isFinal, type Kind, type Row, type State } from "../../api/types";
import { to } from "../../router";
import { doing, KINDS, STATES } from "../../words";

/** What somebody wants to see. */
export interface Filter {
  /** Of one kind alone, or of all. */
  readonly kind: Kind | null;
  /** In one state alone, or in all. */
  readonly state: State | null;
  /** What was searched for, as it was typed. */
  readonly text: string;
}

/** Everything. */
export const ALL: Filter = { kind: null, state: null, text: "" };

/** Reads a filter from an address; what is not known there filters nothing. */
export function read(query: URLSearchParams): Filter {
  const kind = query.get("kind") ?? "";
  const state = query.get("state") ?? "";
  return {
    kind: Object.hasOwn(KINDS, kind) ? (kind as Kind) : null,
    state: Object.hasOwn(STATES, state) ? (state as State) : null,
    text: query.get("q") ?? "",
  };
}

/** The address of the board with a filter. */
export function address(filter: Filter): string {
  const query = new URLSearchParams();
  if (filter.kind) query.set("kind", filter.kind);
  if (filter.state) query.set("state", filter.state);
  if (filter.text) query.set("q", filter.text);
  const text = query.toString();
  return text ? `${to.board}?${text}` : to.board;
}

/** Whether a filter lets everything through. */
export function isAll(filter: Filter): boolean {
  return filter.kind === null && filter.state === null && words(filter).length === 0;
}

/** What is searched for, word by word. */
export function words(filter: Filter): string[] {
  return filter.text.toLowerCase().split(/\s+/).filter(Boolean);
}

/** Whether a row has all of the words, anywhere in what is shown of it. */
export function has(one: Row, wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true;
  const text = `${one.name}\n${one.id}\n${one.by}\n${KINDS[one.kind]}\n${STATES[one.state]}\n${doing(one)}`.toLowerCase();
  return wanted.every((word) => text.includes(word));
}

/** How many rows there are of each kind and state, so that a filter says what is behind it. */
export interface Counts {
  readonly kinds: ReadonlyMap<Kind | null, number>;
  readonly states: ReadonlyMap<State | null, number>;
}

/** What a filter lets through, and what the others would. */
export interface Sifted {
  readonly ids: readonly string[];
  readonly counts: Counts;
}

/**
 * Sifts rows. A kind is counted among what the state and the words let through, and a state among what the kind and
 * the words do: a filter says how many one gets by choosing it.
 */
export function sift(rows: Iterable<Row>, filter: Filter): Sifted {
  const wanted = words(filter);
  const ids: string[] = [];
  const kinds = new Map<Kind | null, number>();
  const states = new Map<State | null, number>();
  for (const one of rows) {
    if (!has(one, wanted)) continue;
    const kind = filter.kind === null || filter.kind === one.kind;
    const state = filter.state === null || filter.state === one.state;
    if (state) more(kinds, one.kind);
    if (kind) more(states, one.state);
    if (kind && state) ids.push(one.id);
  }
  return { ids, counts: { kinds, states } };
}

/** Adds one to the count of something, and to that of all. */
function more<Key>(counts: Map<Key | null, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
  counts.set(null, (counts.get(null) ?? 0) + 1);
}

/** Whether all numbers are the same. */
export function isSame(a: Counts, b: Counts): boolean {
  const same = <Key>(one: ReadonlyMap<Key, number>, other: ReadonlyMap<Key, number>): boolean =>
    one.size === other.size && [...one].every(([key, number]) => other.get(key) === number);
  return same(a.kinds, b.kinds) && same(a.states, b.states);
}

/** As "3 running, 12 waiting, 80 ended". */
export function summary(rows: Iterable<Row>): string {
  let [running, waiting, ended] = [0, 0, 0];
  for (const one of rows) {
    if (isFinal(one.state)) ended += 1;
    else if (one.state === "running") running += 1;
    else waiting += 1;
  }
  return `${running} running, ${waiting} waiting, ${ended} ended`;
}
