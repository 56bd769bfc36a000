/** @file Search and filters: all of them are in the address. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Kind, State } from "../../api/types";
import { go } from "../../router";
import { useKeys } from "../../ui/keys";
import { count, STATES } from "../../words";
import { address } from "./filter";
import { counts, filter } from "./shown";

const KIND_CHOICES: readonly [Kind | null, string][] = [
  [null, "All"],
  ["job", "3D models"],
  ["build", "Builds"],
  ["project", "Apps"],
];

const STATE_CHOICES: readonly [State | null, string][] = [
  [null, "In any state"],
  ...(["running", "queued", "paused", "succeeded", "failed", "cancelled", "interrupted"] as const).map(
    (state): [State, string] => [state, STATES[state]],
  ),
];

/** All of them. */
export function Filters(): JSX.Element {
  const now = filter.value;
  const { kinds, states } = counts.value;
  return (
    <div class="board-filters" role="search">
      <Search text={now.text} />
      <nav class="board-choices" aria-label="Kind">
        {KIND_CHOICES.map(([kind, word]) => (
          <Choice key={word} href={address({ ...now, kind })} here={now.kind === kind} word={word} many={kinds.get(kind) ?? 0} />
        ))}
      </nav>
      <nav class="board-choices" aria-label="State">
        {STATE_CHOICES.map(([state, word]) => (
          <Choice key={word} href={address({ ...now, state })} here={now.state === state} word={word} many={states.get(state) ?? 0} />
        ))}
      </nav>
    </div>
  );
}

function Choice(props: { href: string; here: boolean; word: string; many: number }): JSX.Element {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    const line = link.current?.parentElement;
    // On a narrow screen the choices are a line that can be scrolled; the one that was chosen is to be seen.
    if (props.here && link.current && line) line.scrollLeft = link.current.offsetLeft - (line.clientWidth - link.current.offsetWidth) / 2;
  }, [props.here]);
  return (
    <a ref={link} href={props.href} aria-current={props.here ? "true" : undefined}>
      {props.word} <span class="board-count">{count(props.many)}</span>
    </a>
  );
}

function Search({ text }: { text: string }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [keys] = useState(() => [{ key: "/", does: "Search", act: () => (input.current?.focus(), input.current?.select()) }]);
  useKeys(keys);
  const search = (words: string): void => go(address({ ...filter.peek(), text: words }), { replace: true });
  return (
    <input
      ref={input}
      class="board-search"
      type="search"
      aria-label="Search the board"
      placeholder="Search names, states, reasons…"
      autocomplete="off"
      spellcheck={false}
      value={text}
      onInput={(event) => search(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        if (event.currentTarget.value) search("");
        event.currentTarget.blur();
      }}
    />
  );
}
