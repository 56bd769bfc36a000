import { describe, expect, it } from "vitest";
import type { Event } from "../../api/types";
import { type Conversation, MOST_ENTRIES, NOTHING, take } from "./conversation";
import type { Entry, Finish, Message, Prompt, Tool } from "./entries";

let seq = 0;

function event(type: string, data: Record<string, unknown> = {}, number = ++seq): Event {
  const time = new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString();
  return { seq: number, id: "project-1", time, type, data };
}

function told(...events: Event[]): Conversation {
  return take(NOTHING, events);
}

const kinds = (conversation: Conversation): string[] => conversation.entries.map((entry) => entry.kind);
const last = <E extends Entry>(conversation: Conversation): E => conversation.entries.at(-1) as E;
const queued = (): Event => event("state", { state: "queued", attempt: 0, reason: "" });
const running = (attempt = 1): Event => event("state", { state: "running", attempt, reason: "" });
const started = (run = 1, attempt = 1, more = {}): Event =>
  event("generation_started", { run, prompt: `Prompt ${run}`, generator: "template", attempt, continues: false, ...more });
const piece = (text: string, isLast = false, message = 1, run = 1): Event =>
  event("assistant_message", { text, message, last: isLast, run });
const toolOf = (tool: string, input = {}): Event =>
  event("tool_executed", { tool, input, ok: true, result: "done", seconds: 0.2, cached: false });
const fileOf = (path: string): Event => event("file_created", { path, size: 12, lines: 1 });
const version = (name: string, cause: string): Event =>
  event("version_created", { version: name, label: "it", cause, changed: { added: 1, modified: 0, removed: 0 } });
const stateOf = (state: string, reason = ""): Event => event("state", { state, attempt: 1, reason });
const finished = (state: string, run = 1, reason = ""): Event =>
  event("generation_finished", { run, state, reason, result: null });

describe("a conversation", () => {
  it("has a run from its prompt to its end", () => {
    const conversation = told(queued(), running(), started(), piece("Hello.", true), stateOf("succeeded"), finished("succeeded"));
    expect(kinds(conversation)).toEqual(["prompt", "message", "finish"]);
    expect(last<Finish>(conversation)).toMatchObject({ run: 1, state: "succeeded", seconds: 2, between: false });
    expect(conversation.open).toBe(false);
  });

  it("takes each event once, whatever comes again, in whatever portions", () => {
    const events = [queued(), running(), started(), piece("One, "), piece("two.", true), toolOf("read_file"), stateOf("succeeded")];
    const whole = told(...events);
    let parts = NOTHING;
    for (const [index] of events.entries()) parts = take(parts, events.slice(Math.max(0, index - 2), index + 1));
    expect(parts).toEqual(whole);
    expect(take(whole, events)).toBe(whole);
  });

  it("never goes back: what comes late changes nothing", () => {
    const [early, late] = [piece("early"), piece("late", true, 2)];
    expect(kinds(take(told(late), [early]))).toEqual(["message"]);
    expect(last<Message>(take(told(late), [early])).text).toBe("late");
  });

  it("puts the pieces of a message together, also when something comes between", () => {
    const conversation = told(started(), piece("I look "), toolOf("read_file"), piece("around."), piece("", true));
    expect(kinds(conversation)).toEqual(["prompt", "message", "tool"]);
    expect(conversation.entries[1]).toMatchObject({ text: "I look around.", complete: true });
  });

  it("keeps messages of attempts and runs apart that have the same number", () => {
    const conversation = told(started(1, 1), piece("First"), started(1, 2), piece("Second", true), started(2, 1), piece("Third", true, 1, 2));
    expect(kinds(conversation)).toEqual(["prompt", "message", "again", "message", "prompt", "message"]);
    expect(conversation.entries[1]).toMatchObject({ text: "First", complete: true });
  });

  it("ends a message with its run", () => {
    const conversation = told(started(), piece("I was about to"), stateOf("cancelled"), finished("cancelled"));
    expect(conversation.entries[1]).toMatchObject({ text: "I was about to", complete: true });
  });

  it("gives a tool the files and the version that it made", () => {
    const conversation = told(started(), fileOf("a.js"), fileOf("b.js"), version("v1", "write_file"), toolOf("write_file", { path: "a.js" }));
    expect(kinds(conversation)).toEqual(["prompt", "tool"]);
    expect(last<Tool>(conversation)).toMatchObject({ version: "v1", files: [{ path: "a.js" }, { path: "b.js" }] });
  });

  it("shows files and versions of nobody on their own", () => {
    const conversation = told(fileOf("a.js"), version("v2", "restore"), toolOf("read_file"));
    expect(kinds(conversation)).toEqual(["files", "version", "tool"]);
  });

  it("says what a command prints while it runs, and notes for who watches", () => {
    const running = told(started(), event("log", { level: "info", message: "Packages: +13", source: "install" }));
    expect(running.printed).toBe("Packages: +13");
    expect(take(running, [toolOf("install_dependencies")]).printed).toBe("");
    const note = take(running, [event("log", { level: "debug", message: "x" }), event("log", { level: "warning", message: "Careful" })]);
    expect(last(note)).toMatchObject({ kind: "note", text: "Careful" });
  });

  it("says a failure once", () => {
    const failure = (): Event => event("error_occurred", { problem: "It broke.", code: "build_failed", run: 1 });
    const conversation = told(started(), failure(), stateOf("failed", "It broke."), finished("failed", 1, "It broke."));
    expect(kinds(conversation)).toEqual(["prompt", "failure", "finish"]);
    expect(last<Finish>(conversation).reason).toBe("");
  });

  it("has one line for all times that something is tried again", () => {
    const retry = (attempt: number): Event => event("retry", { attempt, most: 5, delay_s: 2, problem: "Overloaded.", run: 1 });
    const conversation = told(started(), retry(1), retry(2));
    expect(kinds(conversation)).toEqual(["prompt", "retry"]);
    expect(last(conversation)).toMatchObject({ attempt: 2 });
  });

  it("adds up what each run has used", () => {
    const usage = (): Event => event("usage", { input_tokens: 10, output_tokens: 5, cached_tokens: 1, cost_usd: 0.01, turns: 1, seconds: 2 });
    const conversation = told(started(), usage(), usage(), stateOf("succeeded"), finished("succeeded"), started(2), usage());
    expect(conversation.entries[1]).toMatchObject({ used: { tokens: 32, turns: 2, dollars: 0.02 } });
    expect(conversation.used).toEqual({ tokens: 16, turns: 1, dollars: 0.01 });
  });

  it("tells how the app's server is", () => {
    const crash = (): Event => event("server_crashed", { exit: 1, reason: "the port is taken", tail: ["a", "b"], restart_in_s: null });
    const conversation = told(event("server_started", {}), event("preview_ready", { url: "x" }), crash());
    expect(kinds(conversation)).toEqual(["server"]);
    expect(last(conversation)).toMatchObject({ state: "crashed", tail: "a\nb" });
  });

  it("says the newest of the app's server alone, but keeps why it crashed", () => {
    const up = (): Event[] => [event("server_started", {}), event("preview_ready", {})];
    const crash = (): Event => event("server_crashed", { exit: null, reason: "gone", tail: [], restart_in_s: 1 });
    const texts = (conversation: Conversation): unknown[] => conversation.entries.map((entry) => entry.kind === "server" && entry.state);
    expect(texts(told(...up(), event("server_stopped", { reason: "" }), ...up()))).toEqual(["running"]);
    expect(texts(told(...up(), crash(), event("server_started", {}), crash(), ...up()))).toEqual(["crashed", "running"]);
  });

  it("remembers what the app was called", () => {
    const well = event("generation_finished", { run: 1, state: "succeeded", reason: "", result: { title: "Garden" } });
    expect(told(well, queued(), started(2), stateOf("cancelled"), finished("cancelled", 2)).title).toBe("Garden");
  });

  it("does not say twice that the app was started by a tool", () => {
    const conversation = told(toolOf("build_project"), event("server_started", {}), event("preview_ready", {}), toolOf("start_dev_server"));
    expect(kinds(conversation)).toEqual(["tool", "tool"]);
  });

  it("tells a state between two runs", () => {
    const conversation = told(started(), stateOf("succeeded"), finished("succeeded"), stateOf("interrupted", "The files are gone."));
    expect(last<Finish>(conversation)).toMatchObject({ between: true, reason: "The files are gone.", seconds: null });
  });

  it("begins after a gap with what the snapshot knows", () => {
    seq = 500;
    const gap = event("gap", { missed_from: 1, missed_to: 501, snapshot: { run: 3, prompt: "Make it blue", generator: "claude", attempt: 1 } });
    const conversation = told(gap, piece("I am at it", false, 4, 3));
    expect(kinds(conversation)).toEqual(["gap", "prompt", "message"]);
    expect(conversation.entries[1]).toMatchObject({ text: "Make it blue", guessed: true, run: 3 });
    expect(conversation.seq).toBe(502);
  });

  it("puts the prompt right when its event comes after the gap", () => {
    const gap = event("gap", { missed_from: 1, missed_to: 9, snapshot: { run: 2, prompt: "Prompt 2", generator: "template" } });
    const conversation = told(gap, stateOf("succeeded"), finished("succeeded", 1), queued(), running(), started(2));
    expect(kinds(conversation)).toEqual(["gap", "finish", "prompt"]);
    expect(last<Prompt>(conversation).guessed).toBe(false);
    expect(conversation.entries[1]).toMatchObject({ run: 1, between: false, seconds: null });
  });

  it("ends when the project is removed, and takes nothing after that", () => {
    const ended = told(started(), piece("I was"), event("end", { state: "removed", reason: "The project was removed.", result: null }));
    expect(ended).toMatchObject({ ended: "The project was removed.", open: false });
    expect(ended.entries[1]).toMatchObject({ complete: true });
    expect(take(ended, [piece(" back")]).entries).toBe(ended.entries);
  });

  it("passes over what it does not know, but counts it", () => {
    const conversation = told(event("toString", {}), event("brand_new", {}));
    expect(conversation.entries).toEqual([]);
    expect(conversation.seq).toBe(seq);
  });

  it("does not grow without end", () => {
    const many = Array.from({ length: MOST_ENTRIES + 5 }, () => toolOf("read_file"));
    const conversation = told(...many);
    expect(conversation.entries).toHaveLength(MOST_ENTRIES);
    expect(conversation.shortened).toBe(true);
  });
});
