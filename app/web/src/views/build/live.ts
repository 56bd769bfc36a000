/** @file One build, live: its events as they come, and what they do not tell, such as the delivery, asked for now and then. */

import { type Signal, signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { api, need } from "../../api/client";
import { type Build, type Event, isFinal } from "../../api/types";
import { follow } from "../../live/follow";
import { add, type Message, type Pieces } from "./messages";

const AGAIN_MS = 1_500;
const AWAY_MS = 5_000;

/** What is known of it. */
export interface Live {
  readonly build: Signal<Build | null>;
  readonly messages: Signal<Pieces>;
  /** Whether older messages are no longer kept. */
  readonly cut: Signal<boolean>;
  /** Why it cannot be shown. */
  readonly error: Signal<unknown>;
  /** Asks for all that is not told. */
  readonly ask: () => Promise<void>;
}

/** Follows a build for as long as it is drawn. */
export function useBuild(id: string): Live {
  const [live] = useState(() => new Following(id));
  useEffect(() => live.start(), [live]);
  return live;
}

class Following implements Live {
  readonly build = signal<Build | null>(null);
  readonly messages = signal<Pieces>([]);
  readonly cut = signal(false);
  readonly error = signal<unknown>(null);
  #timer = 0;
  #stopped = true;

  constructor(private readonly id: string) {}

  start(): () => void {
    this.#stopped = false;
    void this.ask();
    const leave = follow(this.id, {
      onEvents: (events) => this.#take(events),
      onGone: (problem) => (this.error.value = problem),
    });
    return () => {
      this.#stopped = true;
      clearTimeout(this.#timer);
      leave();
    };
  }

  ask = async (): Promise<void> => {
    clearTimeout(this.#timer);
    let pause = AWAY_MS;
    try {
      this.build.value = await need(api.GET("/api/builds/{id}", { params: { path: { id: this.id } } }));
      this.error.value = null;
      pause = this.#pause(this.build.value);
    } catch (error) {
      // What is on the screen stays there while the server is away.
      if (this.build.peek() === null) this.error.value = error;
    }
    clearTimeout(this.#timer);
    if (!this.#stopped && pause > 0) this.#timer = window.setTimeout(this.ask, pause);
  };

  /** How long to wait before asking again; 0 when nothing more will change. */
  #pause(build: Build): number {
    if (!isFinal(build.state)) return AGAIN_MS;
    if (build.delivery.waiting === 0) return 0;
    return build.delivery.trouble ? AWAY_MS : AGAIN_MS;
  }

  #take(events: readonly Event[]): void {
    const said: Message[] = [];
    for (const event of events) {
      if (event.type === "message") said.push(event.data as Message);
      else if (event.type === "gap") this.cut.value = true;
      else this.#change(event);
    }
    if (said.length > 0) this.messages.value = add(this.messages.peek(), said);
    if (events.some((event) => event.type === "state" || event.type === "end")) void this.ask();
  }

  /** Takes what has changed since the build was asked for; what was before is replayed, and known. */
  #change(event: Event): void {
    const now = this.build.peek();
    if (now === null || Date.parse(event.time) < Date.parse(now.updated)) return;
    if (event.type !== "state" && event.type !== "progress") return;
    this.build.value = { ...now, ...(event.data as Partial<Build>), updated: event.time };
  }
}
