/** @file From a project's events to a conversation: pure, so that the same events always make the same one. */

import { type Event, isFinal, type State } from "../../api/types";
import type { Entry, FileNote, Finish, Message, Prompt, Used } from "./entries";
import { SERVER } from "./happenings";

/** How many entries are kept; the oldest go first, so that a page that stays open does not grow. */
export const MOST_ENTRIES = 2000;
const PRINTED_CHARS = 600;
const START = "start_dev_server";

/** What a project has to say, so far. */
export interface Conversation {
  /** The last event that is in it. */
  readonly seq: number;
  readonly entries: readonly Entry[];
  /** The run that was begun last; 0 before the first. */
  readonly run: number;
  readonly attempt: number;
  /** When the run's first attempt began; empty where that is not known. */
  readonly begun: string;
  /** What the run has used of a model. */
  readonly used: Used;
  /** Whether a run waits or goes on, or may do so. */
  readonly open: boolean;
  /** What the app was called when a run last ended well; empty where that is not known. */
  readonly title: string;
  /** The last that a command has printed, while it runs. */
  readonly printed: string;
  /** Whether entries were left out at the beginning, to keep the page small. */
  readonly shortened: boolean;
  /** Why the project is no more; null as long as it is there. */
  readonly ended: string | null;
}

/** One with nothing in it. */
export const NOTHING: Conversation = {
  ...{ seq: 0, entries: [], run: 0, attempt: 0, begun: "", used: { tokens: 0, turns: 0, dollars: 0 } },
  ...{ open: false, title: "", printed: "", shortened: false, ended: null },
};

type Draft = { -readonly [Name in keyof Conversation]: Conversation[Name] } & { entries: Entry[] };
type Handler = (draft: Draft, event: Event) => void;

/**
 * Takes events into a conversation.
 *
 * Each counts once, by its seq; what comes again, or late, changes nothing. Types that are not known are passed over.
 */
export function take(before: Conversation, events: readonly Event[]): Conversation {
  const draft: Draft = { ...before, entries: [...before.entries] };
  for (const event of events) {
    if (event.seq <= draft.seq || draft.ended !== null) continue;
    draft.seq = event.seq;
    const handler = Object.hasOwn(HANDLERS, event.type) ? HANDLERS[event.type] : undefined;
    handler?.(draft, event);
  }
  if (draft.seq === before.seq) return before;
  if (draft.entries.length > MOST_ENTRIES) {
    draft.entries = draft.entries.slice(-MOST_ENTRIES);
    draft.shortened = true;
  }
  return draft;
}

const HANDLERS: Record<string, Handler> = {
  generation_started: begin,
  assistant_message: say,
  tool_executed: tool,
  file_created: (draft, event) => file(draft, event, "created"),
  file_changed: (draft, event) => file(draft, event, "changed"),
  version_created: (draft, event) => {
    const { version, label, cause, changed } = event.data;
    push(draft, event, { kind: "version", version, label, cause, changed });
  },
  usage: (draft, { data }) => {
    const { tokens, turns, dollars } = draft.used;
    const more = data["input_tokens"] + data["output_tokens"] + data["cached_tokens"];
    draft.used = { tokens: tokens + more, turns: turns + data["turns"], dollars: dollars + data["cost_usd"] };
  },
  retry: (draft, event) => {
    const { attempt, most, delay_s: delay, problem } = event.data;
    // One line for all times that the same is tried: the last says all.
    if (draft.entries.at(-1)?.kind === "retry") draft.entries.pop();
    push(draft, event, { kind: "retry", attempt, most, delay, problem });
  },
  error_occurred: (draft, event) => {
    push(draft, event, { kind: "failure", problem: event.data["problem"], code: event.data["code"] });
  },
  server_started: server,
  preview_ready: server,
  server_stopped: server,
  server_crashed: server,
  log,
  state,
  generation_finished: finish,
  gap,
  end: (draft, { data }) => {
    close(draft);
    Object.assign(draft, { open: false, ended: String(data["reason"] ?? "") });
  },
};

/** An entry without what all have. */
type Bare<E = Entry> = E extends Entry ? Omit<E, "key" | "at"> : never;

function push(draft: Draft, event: Event, entry: Bare): void {
  draft.entries.push({ key: String(event.seq), at: event.time, ...entry } as Entry);
}

function lastIndex(draft: Draft, fits: (entry: Entry) => boolean): number {
  return draft.entries.findLastIndex(fits);
}

function begin(draft: Draft, event: Event): void {
  const { run, attempt, prompt, generator, continues } = event.data;
  close(draft);
  Object.assign(draft, { run, attempt, open: true, printed: "" });
  const known = lastIndex(draft, (entry) => entry.kind === "prompt" && entry.run === run);
  if (known >= 0 && !(draft.entries[known] as Prompt).guessed) {
    push(draft, event, { kind: "again", attempt });
    return;
  }
  if (known >= 0) draft.entries.splice(known, 1); // It was put where its run was thought to begin.
  draft.begun = event.time;
  draft.used = NOTHING.used;
  push(draft, event, { kind: "prompt", run, text: prompt, generator, continues, guessed: false });
}

function say(draft: Draft, event: Event): void {
  const { text, run, message, last } = event.data;
  const of = `${run}.${draft.attempt}.${message}`;
  const known = lastIndex(draft, (entry) => entry.kind === "message" && entry.of === of);
  const before = known < 0 ? null : (draft.entries[known] as Message);
  if (before === null || before.complete) push(draft, event, { kind: "message", of, text, complete: last });
  else draft.entries[known] = { ...before, text: before.text + text, complete: last };
}

/** No message goes on after its attempt. */
function close(draft: Draft): void {
  draft.entries = draft.entries.map((entry) =>
    entry.kind === "message" && !entry.complete ? { ...entry, complete: true } : entry,
  );
}

function file(draft: Draft, event: Event, change: FileNote["change"]): void {
  const { path, size, lines } = event.data;
  const note: FileNote = { path, change, size, lines };
  const last = draft.entries.at(-1);
  if (last?.kind !== "files") return push(draft, event, { kind: "files", files: [note] });
  draft.entries[draft.entries.length - 1] = { ...last, files: [...last.files, note] };
}

/** A tool is told after what it did, which then belongs to it. */
function tool(draft: Draft, event: Event): void {
  const { tool: name, input, ok, result, seconds, cached } = event.data;
  let files: readonly FileNote[] = [];
  let version: string | null = null;
  for (;;) {
    const last = draft.entries.at(-1);
    if (last?.kind === "files") files = [...last.files, ...files];
    else if (last?.kind === "version" && last.cause === name && version === null) version = last.version;
    // That the app runs is what the tool says, too.
    else if (last?.kind !== "server" || last.state === "crashed" || name !== START || !ok) break;
    draft.entries.pop();
  }
  draft.printed = "";
  push(draft, event, { kind: "tool", tool: name, input: input ?? {}, ok, result, seconds, cached, files, version });
}

function server(draft: Draft, event: Event): void {
  const told = SERVER[event.type]?.(event.data);
  if (told === undefined) return;
  // Of what follows each other the newest says all; but why it crashed stays to be read.
  for (;;) {
    const last = draft.entries.at(-1);
    if (last?.kind !== "server" || (last.state === "crashed" && told.state !== "crashed")) break;
    draft.entries.pop();
  }
  const starting = told.state === "running" ? lastIndex(draft, (entry) => entry.kind === "server") : -1;
  const before = draft.entries[starting];
  if (before?.kind === "server" && before.state === "starting") draft.entries.splice(starting, 1);
  push(draft, event, { kind: "server", ...told });
}

function log(draft: Draft, event: Event): void {
  const { level, message, source } = event.data;
  if (source) draft.printed = `${draft.printed}\n${message}`.trim().slice(-PRINTED_CHARS);
  else if (level !== "debug") push(draft, event, { kind: "note", level, text: message });
}

function state(draft: Draft, event: Event): void {
  const now = event.data["state"] as State;
  const between = !draft.open;
  draft.open = !isFinal(now);
  if (draft.open) return;
  close(draft);
  draft.printed = "";
  ended(draft, event, between);
}

function finish(draft: Draft, event: Event): void {
  const { run, state: now, result } = event.data;
  draft.title = result?.title || draft.title;
  const last = draft.entries.at(-1);
  draft.open = false;
  draft.run = Math.max(draft.run, run);
  if (last?.kind === "finish" && !last.between && last.state === now) {
    draft.entries[draft.entries.length - 1] = { ...last, run };
    return;
  }
  // Its `state` is no longer kept.
  close(draft);
  ended(draft, event, false);
}

function ended(draft: Draft, event: Event, between: boolean): void {
  const { state: now, reason = "" } = event.data;
  const last = draft.entries.at(-1);
  // A failure has just been told in its own words.
  const told = last?.kind === "failure" && last.problem === reason;
  const entry: Omit<Finish, "key" | "at"> = {
    ...{ kind: "finish", run: draft.run, state: now, reason: told ? "" : reason, between },
    ...{ seconds: between ? null : since(draft.begun, event.time), used: between ? NOTHING.used : draft.used },
  };
  push(draft, event, entry);
  draft.begun = "";
  draft.used = NOTHING.used;
}

function since(begun: string, now: string): number | null {
  return begun === "" ? null : Math.max(0, (Date.parse(now) - Date.parse(begun)) / 1000);
}

function gap(draft: Draft, event: Event): void {
  const { missed_from: from, missed_to: to, snapshot = {} } = event.data;
  close(draft);
  push(draft, event, { kind: "gap", missed: to - from + 1 });
  // What is known of the run: its beginning may be among what is gone.
  const { run = 0, prompt = "", generator = "" } = snapshot;
  Object.assign(draft, { open: true, printed: "" }); // Whether the kept ones begin within a run shows later.
  if (run <= draft.run || !prompt) return;
  draft.run = run;
  draft.begun = "";
  draft.attempt = snapshot.attempt ?? draft.attempt;
  const entry: Bare = { kind: "prompt", run, text: prompt, generator, continues: false, guessed: true };
  draft.entries.push({ key: `${event.seq}-prompt`, at: event.time, ...entry } as Entry);
}
