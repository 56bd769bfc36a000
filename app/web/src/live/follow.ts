/** @file The events of one actor: each once and in order, across any number of broken connections. */

import { api, need, Problem } from "../api/client";
import type { Event } from "../api/types";
import { type Connection, LiveSocket } from "./socket";

const OVER = 1000;

/** Who is told. */
export interface Follower {
  /** Told events, in order; several that came at once come as one list. */
  onEvents: (events: readonly Event[]) => void;
  /** Told how the connection is. */
  onConnection?: (connection: Connection) => void;
  /** Told that the actor was removed, or that it may not be seen. */
  onGone?: (problem: Problem) => void;
}

/**
 * Follows an actor until it ends or the function that this returns is called.
 *
 * A `gap` event says that some are no longer kept; its `data.snapshot` is the actor as it is.
 */
export function follow(id: string, follower: Follower, after = 0): () => void {
  let cursor = after;
  let ended = false;
  let waiting: Event[] = [];
  let timer = 0;

  const tell = (): void => {
    timer = 0;
    const events = waiting;
    waiting = [];
    if (events.length > 0) follower.onEvents(events);
  };
  const socket = new LiveSocket({
    path: () => `/ws/${encodeURIComponent(id)}?after=${cursor}`,
    onMessage: (message) => {
      const event = message as Event;
      if (event.seq <= cursor) return;
      cursor = event.seq;
      ended ||= event.type === "end";
      waiting.push(event);
      // Those of one moment together: a thousand old ones are drawn once. A timer, since a hidden page has no frames.
      timer ||= window.setTimeout(tell, 16);
    },
    onConnection: (now) => follower.onConnection?.(now),
    isOver: (code) => code === OVER || ended,
    mayRetry: async () => {
      try {
        await need(api.GET("/events/{id}", { params: { path: { id }, query: { after: cursor, limit: 1 } } }));
      } catch (error) {
        // A cursor that the stream has not reached: the server's data was put back from a copy.
        if (error instanceof Problem && error.status === 422) cursor = 0;
        else if (error instanceof Problem && [401, 403, 404].includes(error.status)) {
          follower.onGone?.(error);
          return false;
        }
      }
      return true;
    },
  });
  return () => {
    socket.close();
    clearTimeout(timer);
  };
}
