/** @file One project as it is, and what it says, for as long as a view shows it. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { api, need, Problem } from "../../api/client";
import type { Event, Project } from "../../api/types";
import { follow } from "../../live/follow";
import type { Connection } from "../../live/socket";
import { token } from "../../session";
import { type Conversation, NOTHING, take } from "./conversation";
import { patched, TELLING } from "./snapshot";

const SOON_MS = 250;
const AGAIN_MS = 2500;

/** A project that is shown. */
export interface Live {
  /** Null until it was fetched. */
  readonly project: Project | null;
  readonly conversation: Conversation;
  /** Whether what was said so far is there. */
  readonly heard: boolean;
  readonly connection: Connection;
  /** Why it cannot be shown, or no longer. */
  readonly error: unknown;
  /** Fetches it now. */
  readonly look: () => void;
}

/** Follows a project; its events are taken once each, however often the connection breaks. */
export function useProject(id: string): Live {
  const [project, setProject] = useState<Project | null>(null);
  const [conversation, setConversation] = useState(NOTHING);
  const [heard, setHeard] = useState(false);
  const [connection, setConnection] = useState<Connection>("connecting");
  const [error, setError] = useState<unknown>(null);
  const said = useRef(NOTHING);
  const timer = useRef(0);
  const key = token.value;

  const look = useCallback(
    (after = 0) => {
      clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        need(api.GET("/api/projects/{id}", { params: { path: { id } } })).then(
          (answer) => {
            setProject(answer);
            setError(null);
            if (answer.run === 0 || said.current.seq > 0) setHeard(true);
          },
          (problem: unknown) => {
            setError(problem);
            // It is asked again by itself, as long as that may help.
            if (problem instanceof Problem && problem.passing) look(AGAIN_MS);
          },
        );
      }, after);
    },
    [id],
  );

  useEffect(() => {
    const onEvents = (events: readonly Event[]): void => {
      // The server's data was put back from a copy: its stream is told again from the beginning.
      const anew = (events[0]?.seq ?? 0) <= said.current.seq;
      said.current = take(anew ? NOTHING : said.current, events);
      setConversation(said.current);
      setHeard(true);
      setProject((known) => known && patched(known, events));
      if (events.some((event) => TELLING.test(event.type))) look(SOON_MS);
    };
    const onGone = (problem: unknown): void => setError(problem);
    look();
    const stop = follow(id, { onEvents, onConnection: setConnection, onGone }, said.current.seq);
    return () => {
      stop();
      clearTimeout(timer.current);
    };
  }, [id, key, look]);

  useEffect(() => {
    if (connection === "live") look();
  }, [connection, look]);

  return { project, conversation, heard, connection, error, look };
}
