/** @file Names for the shapes of the API that the page uses most. */

import type { components } from "./schema";

type Schemas = components["schemas"];

/** A photogrammetry job. */
export type Job = Schemas["JobModel"];
/** A build of an orchestrator. */
export type Build = Schemas["BuildModel"];
/** A project. */
export type Project = Schemas["ProjectModel"];
/** Who one is to the server. */
export type Me = Schemas["MeModel"];
/** What a token may do. */
export type Scope = Me["scope"];
/** The name of what makes a project; `GET /api/generators` lists those of a server. */
export type GeneratorName = NonNullable<Schemas["MessageBody"]["generator"]>;
/** Where an actor is. */
export type State = "queued" | "running" | "succeeded" | "failed" | "cancelled" | "interrupted" | "paused";
/** What an actor is. */
export type Kind = "job" | "build" | "project";

/** Something that happened to an actor; see docs/reference/events.md. */
export interface Event<Data = Record<string, any>> {
  readonly seq: number;
  readonly id: string;
  readonly time: string;
  readonly type: string;
  readonly data: Data;
}

/** A line of the board. */
export interface Row {
  readonly id: string;
  readonly kind: Kind;
  readonly name: string;
  readonly state: State;
  readonly reason: string;
  readonly step: string | null;
  readonly percent: number;
  readonly done: number | null;
  readonly total: number | null;
  readonly remaining_s: number | null;
  readonly queue_position: number;
  readonly by: string;
  readonly preview: "starting" | "running" | "stopped" | "crashed" | null;
  readonly cost_usd: number | null;
  readonly created: string;
  readonly updated: string;
  readonly href: string;
}

/** Whether nothing follows by itself. */
export function isFinal(state: State): boolean {
  return state !== "queued" && state !== "running";
}
