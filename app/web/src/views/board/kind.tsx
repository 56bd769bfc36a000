/** @file A mark for each kind. */

import type { JSX } from "preact";
import type { Kind } from "../../api/types";

const SHAPES: Record<Kind, string> = {
  job: "M12 3 4 7.5v9L12 21l8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
  build: "M4 20V9l8-5 8 5v11zM9 20v-6h6v6",
  project: "M4 5h16v14H4zM4 9h16M7 7h.01M10 7h.01",
};

/** The mark; the kind's word is beside it, so that it says nothing. */
export function KindMark({ kind }: { kind: Kind }): JSX.Element {
  return (
    <svg class="board-kind" viewBox="0 0 24 24" width={22} height={22} aria-hidden="true">
      <path d={SHAPES[kind]} fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round" />
    </svg>
  );
}
