/** @file Counts how often a project may have changed, so that what is shown of it is asked for again. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Project } from "../../../api/types";
import { connection, order, row } from "../../../live/board";

/** While a run goes on a project changes many times a second; it is asked for no more often than this. */
const LEAST_MS = 2_000;

/**
 * A number that goes up when the project has changed, by what it says itself and by its line on the board, and when the
 * server is back: what was asked for meanwhile has failed.
 */
export function useRevision(project: Project): number {
  void order.value; // Its line may come later.
  const now = [project.versions.latest, project.updated, row(project.id)?.value.updated].join(" ");
  const [revision, set] = useState(0);
  const known = useRef({ now, at: Date.now() - LEAST_MS });
  const here = connection.value;
  useEffect(() => {
    if (here === "away") known.current.now = "";
    if (here !== "live" || now === known.current.now) return undefined;
    const wait = Math.max(0, known.current.at + LEAST_MS - Date.now());
    const timer = setTimeout(() => {
      known.current = { now, at: Date.now() };
      set((before) => before + 1);
    }, wait);
    return () => clearTimeout(timer);
  }, [now, here]);
  return revision;
}
