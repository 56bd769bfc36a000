/** @file Where one is in the page: the part of the address behind `#`, so that each place is a link. */

import { signal } from "@preact/signals";
import { takeToken } from "./session"; // Which takes a token out of the address before that is read as a place.

/** A place. */
export interface Place {
  /** Which view. */
  readonly view: "board" | "new" | "jobs" | "projects" | "builds" | "server" | "unknown";
  /** Of what; empty where a view is of nothing in particular. */
  readonly id: string;
  /** What follows, such as `files/src/main.ts`. */
  readonly rest: string;
  /** What follows the question mark. */
  readonly query: URLSearchParams;
}

const VIEWS: readonly string[] = ["new", "jobs", "projects", "builds", "server"];

/** Where one is. */
export const place = signal(read());

window.addEventListener("hashchange", () => {
  takeToken();
  place.value = read();
});

/** The addresses of all places. */
export const to = {
  board: "#/",
  make: "#/new",
  server: "#/server",
  job: (id: string): string => `#/jobs/${encodeURIComponent(id)}`,
  build: (id: string): string => `#/builds/${encodeURIComponent(id)}`,
  project: (id: string, rest = ""): string => `#/projects/${encodeURIComponent(id)}${rest && `/${encodePath(rest)}`}`,
  /** The place of a line of the board. */
  row: (one: { kind: string; id: string }): string => `#/${one.kind}s/${encodeURIComponent(one.id)}`,
};

/** Goes somewhere; with `replace` the back button does not come back to where one was. */
export function go(address: string, { replace = false } = {}): void {
  if (replace) {
    window.history.replaceState(null, "", address);
    place.value = read();
  } else {
    window.location.hash = address.slice(1);
  }
}

function read(): Place {
  const [path = "", query = ""] = window.location.hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", id = "", ...rest] = path.split("/");
  // As a part of a path these lead elsewhere, whatever is done to keep them.
  if (/^\.{1,2}$/.test(decoded(id))) return { view: "unknown", id: "", rest: "", query: new URLSearchParams() };
  const parts = { id: decoded(id), rest: rest.map(decoded).join("/"), query: new URLSearchParams(query) };
  if (view === "") return { view: "board", ...parts };
  return { view: (VIEWS.includes(view) ? view : "unknown") as Place["view"], ...parts };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
