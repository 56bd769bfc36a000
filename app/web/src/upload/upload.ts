/** @file One upload: photos sent a few at a time, through dropped connections and restarts of the server, until they are a job. */

import { batch, signal } from "@preact/signals";
import { Problem } from "../api/client";
import { pause as wait, pauseMs } from "./pause";
import type { Open, Order, Transport } from "./transport";

const AT_ONCE = 3;
const TOLD_MS = 100;
const MOST_TRIES = 8;
const MOST_BEGINNINGS = 3;

/** A photo that is to be sent. */
export interface Item {
  /** What the page knows it by. */
  readonly key: string;
  readonly file: File;
}

/** How a photo is. */
export interface Sent {
  state: "waiting" | "going" | "there" | "refused";
  /** Bytes that are on their way or there. */
  bytes: number;
  /** Why the server did not take it. */
  problem: string;
}

/**
 * Where an upload is: `sending`; `away`, which goes on by itself; `finishing`; `stopped`, which a person has to decide about;
 * `done` with a job; `cancelled`.
 */
export type Phase = "sending" | "away" | "finishing" | "stopped" | "done" | "cancelled";

interface Part extends Sent {
  readonly item: Item;
  readonly number: number;
  tries: number;
}

/** Sends photos. */
export class Upload {
  /** Where it is. */
  readonly phase = signal<Phase>("sending");
  /** What is in the way, while it is `away` or `stopped`. */
  readonly problem = signal<unknown>(null);
  /** Counts up with each change of the photos. */
  readonly turn = signal(0);
  /** The job, when it is `done`. */
  job = "";

  #parts: Part[];
  #open = "";
  #beginnings = 0;
  #failures = 0;
  #told = 0;
  #order: Order;
  readonly #cancel = new AbortController();

  constructor(
    items: readonly Item[],
    order: Order,
    private readonly transport: Transport,
    private readonly pause: typeof wait = wait,
  ) {
    this.#order = order;
    this.#parts = items.map((item, at) => ({ item, number: at + 1, state: "waiting", bytes: 0, problem: "", tries: 0 }));
  }

  /** How much there is. */
  get total(): { photos: number; bytes: number } {
    return { photos: this.#parts.length, bytes: this.#parts.reduce((sum, part) => sum + part.item.file.size, 0) };
  }

  /** How much has been sent. */
  get sent(): { photos: number; bytes: number } {
    const there = this.#parts.filter((part) => part.state === "there").length;
    return { photos: there, bytes: this.#parts.reduce((sum, part) => sum + part.bytes, 0) };
  }

  /** The photos that the server did not take. */
  get refused(): readonly { key: string; name: string; problem: string }[] {
    const refused = this.#parts.filter((part) => part.state === "refused");
    return refused.map(({ item, problem }) => ({ key: item.key, name: item.file.name, problem }));
  }

  /** How a photo is; undefined when it is none of these. */
  of(key: string): Sent | undefined {
    return this.#parts.find((part) => part.item.key === key);
  }

  /** Sends all there is to send, and makes the job. Ends when that is done, or when it cannot go on by itself. */
  async run(): Promise<void> {
    if (this.phase.peek() === "done" || this.phase.peek() === "cancelled") return;
    this.#to("sending");
    while (!this.#cancel.signal.aborted) {
      try {
        if (await this.#onward()) return;
        this.#failures = 0;
      } catch (error) {
        if (this.#cancel.signal.aborted) return;
        if (!(error instanceof Problem && this.#mayPass(error))) return this.#to("stopped", error);
        this.#failures += 1;
        this.#to("away", error);
        await this.pause(pauseMs(this.#failures, error.retryAfter), this.#cancel.signal);
      }
    }
  }

  /** Goes on without what was refused, or with another order. */
  goOn(order = this.#order): Promise<void> {
    this.#order = order;
    this.#failures = 0;
    this.#change(() => (this.#parts = this.#parts.filter((part) => part.state !== "refused")));
    return this.run();
  }

  /** Gives it up; what the server has of it is removed. */
  cancel(): void {
    if (this.phase.peek() === "done") return;
    this.#cancel.abort();
    this.#to("cancelled");
    // When the server does not hear it, the upload is removed there for its age.
    if (this.#open) this.transport.remove(this.#open).catch(() => undefined);
  }

  /** Does the next thing; returns whether it was the last. */
  async #onward(): Promise<boolean> {
    const there = await this.#ask();
    if (there.job) return this.#became(there.job);
    this.#compare(there);
    this.#to("sending");
    await this.#send();
    if (this.refused.length > 0 || this.#parts.length === 0) {
      this.#to("stopped", null);
      return true;
    }
    this.#to("finishing");
    const job = await this.transport.finish(this.#open, this.#order, this.#cancel.signal);
    return this.#became(job.id);
  }

  /** An upload that is not there any more can be begun anew. */
  #mayPass(problem: Problem): boolean {
    return passes(problem) || (problem.status === 404 && this.#beginnings < MOST_BEGINNINGS);
  }

  #became(job: string): boolean {
    this.job = job;
    this.#to("done");
    return true;
  }

  /** Begins, or asks what is there: of what was on its way when the connection broke, some may have arrived. */
  async #ask(): Promise<Open> {
    if (this.#open) {
      try {
        return await this.transport.look(this.#open, this.#cancel.signal);
      } catch (error) {
        if (!(error instanceof Problem && error.status === 404) || this.#beginnings >= MOST_BEGINNINGS) throw error;
        // It was removed for its age, such as while this machine slept. The photos are still here.
      }
    }
    const open = await this.transport.create(this.#cancel.signal);
    this.#open = open.id;
    this.#beginnings += 1;
    return open;
  }

  #compare(open: Open): void {
    const there = new Map(open.files.map((file) => [file.number, file.size]));
    this.#change(() => {
      for (const part of this.#parts) {
        if (part.state === "refused") continue;
        const whole = there.get(part.number) === part.item.file.size;
        part.state = whole ? "there" : "waiting";
        part.bytes = whole ? part.item.file.size : 0;
      }
    });
  }

  /** Sends what waits, a few at once. The first that fails for a reason that passes stops the others. */
  async #send(): Promise<void> {
    const stop = new AbortController();
    const both = AbortSignal.any([stop.signal, this.#cancel.signal]);
    const worker = async (): Promise<void> => {
      for (let part = this.#next(); part && !both.aborted; part = this.#next()) await this.#put(part, both);
    };
    const workers = Array.from({ length: AT_ONCE }, () => worker().catch((error: unknown) => {
      stop.abort();
      throw error;
    }));
    const ended = await Promise.allSettled(workers);
    const failures = ended.filter((end) => end.status === "rejected").map((end) => end.reason as unknown);
    // Those that were stopped for another's sake say nothing of their own.
    const failure = failures.find((reason) => reason instanceof Problem) ?? failures[0];
    if (failure !== undefined) throw failure;
    this.#cancel.signal.throwIfAborted();
  }

  #next(): Part | undefined {
    return this.#parts.find((part) => part.state === "waiting");
  }

  async #put(part: Part, signal: AbortSignal): Promise<void> {
    this.#change(() => (part.state = "going"));
    try {
      await this.transport.put(this.#open, part.number, part.item.file, (bytes) => this.#tell(part, bytes), signal);
      this.#failures = 0;
      this.#change(() => Object.assign(part, { state: "there", bytes: part.item.file.size }));
    } catch (error) {
      this.#change(() => Object.assign(part, { state: "waiting", bytes: 0 }));
      if (!(error instanceof Problem)) throw error;
      part.tries += 1;
      const itsOwn = [413, 415, 422].includes(error.status) || (error.status === 0 && part.tries >= MOST_TRIES);
      if (!itsOwn) throw error;
      const why = error.status === 0 ? "It could not be sent, though the server answers. See that the file can be read." : inOne(error);
      this.#change(() => Object.assign(part, { state: "refused", problem: why }));
    }
  }

  /** Bytes are told a few times a second; what changes otherwise, at once. */
  #tell(part: Part, bytes: number): void {
    part.bytes = bytes;
    const now = Date.now();
    if (now - this.#told < TOLD_MS) return;
    this.#told = now;
    this.turn.value += 1;
  }

  #change(work: () => unknown): void {
    work();
    this.turn.value += 1;
  }

  #to(phase: Phase, problem: unknown = null): void {
    batch(() => {
      this.phase.value = phase;
      this.problem.value = problem;
      this.turn.value += 1;
    });
  }
}

/** Whether trying again by itself may help. */
export function passes(problem: Problem): boolean {
  return [0, 401, 408, 409, 429, 502, 503, 504, 507].includes(problem.status);
}

function inOne(problem: Problem): string {
  return [problem.message, problem.hint].filter(Boolean).join(" ");
}
