/** @file What a conversation is made of: one kind of entry for each thing that a person reads as one. */

import type { State } from "../../api/types";

/** What all entries have. */
interface Base {
  /** The seq of the event that began it; none has the same. */
  readonly key: string;
  /** When it began. */
  readonly at: string;
}

/** What a person asked for, and who sets to work on it. */
export interface Prompt extends Base {
  readonly kind: "prompt";
  readonly run: number;
  readonly text: string;
  readonly generator: string;
  /** Whether it is not a new prompt: the run goes on where the one before stopped. */
  readonly continues: boolean;
  /** Whether it was taken from a snapshot, since its event is no longer kept. */
  readonly guessed: boolean;
}

/** An attempt of a run begins anew. */
export interface Again extends Base {
  readonly kind: "again";
  readonly attempt: number;
}

/** What the generator says. */
export interface Message extends Base {
  readonly kind: "message";
  /** Run, attempt and number, which its pieces have in common. */
  readonly of: string;
  readonly text: string;
  readonly complete: boolean;
}

/** A file that was made or changed. */
export interface FileNote {
  readonly path: string;
  readonly change: "created" | "changed";
  readonly size: number;
  readonly lines: number | null;
}

/** Files that were made or changed, until the tool that did it is told. */
export interface Files extends Base {
  readonly kind: "files";
  readonly files: readonly FileNote[];
}

/** A version of the files. */
export interface Version extends Base {
  readonly kind: "version";
  readonly version: string;
  readonly label: string;
  readonly cause: string;
  readonly changed: { readonly added: number; readonly modified: number; readonly removed: number };
}

/** A tool that was called, with what came of it. */
export interface Tool extends Base {
  readonly kind: "tool";
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly ok: boolean;
  readonly result: string;
  readonly seconds: number;
  readonly cached: boolean;
  readonly files: readonly FileNote[];
  readonly version: string | null;
}

/** Something outside is asked again. */
export interface Retry extends Base {
  readonly kind: "retry";
  readonly attempt: number;
  readonly most: number;
  readonly delay: number | null;
  readonly problem: string;
}

/** Why a run has not succeeded. */
export interface Failure extends Base {
  readonly kind: "failure";
  readonly problem: string;
  readonly code: string | null;
}

/** How the app's own server is. */
export interface Server extends Base {
  readonly kind: "server";
  readonly state: "starting" | "running" | "stopped" | "crashed";
  readonly text: string;
  readonly tail: string;
}

/** A line for who watches. */
export interface Note extends Base {
  readonly kind: "note";
  readonly level: string;
  readonly text: string;
}

/** What was used of a model. */
export interface Used {
  readonly tokens: number;
  readonly turns: number;
  readonly dollars: number;
}

/** A run has ended; or, between runs, the project is in another state. */
export interface Finish extends Base {
  readonly kind: "finish";
  readonly run: number;
  readonly state: State;
  readonly reason: string;
  /** How long it took; null where that is not known. */
  readonly seconds: number | null;
  readonly used: Used;
  readonly between: boolean;
}

/** What came before is no longer kept. */
export interface Gap extends Base {
  readonly kind: "gap";
  readonly missed: number;
}

/** One thing in a conversation. */
export type Entry =
  | Prompt
  | Again
  | Message
  | Files
  | Version
  | Tool
  | Retry
  | Failure
  | Server
  | Note
  | Finish
  | Gap;
