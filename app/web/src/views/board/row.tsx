/** @file One row: it redraws when its own actor changes, and when it moves. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { isFinal, type Row, type Scope } from "../../api/types";
import { lacks } from "../../rights";
import { to } from "../../router";
import { Button, Progress, State, Time } from "../../ui/parts";
import { doing, dollars, KINDS } from "../../words";
import { again, againWord, cancel, remove } from "./actions";
import { KindMark } from "./kind";
import { chosen, found } from "./shown";

const PREVIEWS = { starting: "app is starting", running: "app is running", stopped: "", crashed: "app has crashed" };

let focusWanted = false;

/** Chooses a row and gives it the focus as soon as it is drawn. */
export function choose(id: string): void {
  focusWanted = true;
  if (chosen.peek() === id) focus(id);
  else chosen.value = id;
}

function focus(id: string): void {
  focusWanted = false;
  document.getElementById(`row-${id}`)?.focus({ preventScroll: true });
}

/** Draws it at its place in the list. */
export function BoardRow({ id, index, count, height }: { id: string; index: number; count: number; height: number }): JSX.Element | null {
  const one = found(id);
  const mine = chosen.value === id;
  useLayoutEffect(() => {
    if (mine && focusWanted) focus(id);
  }, [mine]);
  if (one === undefined) return null;
  return (
    <li
      class="board-row"
      data-id={id}
      data-chosen={mine ? "" : undefined}
      aria-posinset={index + 1}
      aria-setsize={count}
      style={{ transform: `translateY(${index * height}px)`, height: `${height}px` }}
      onFocusIn={() => (chosen.value = id)}
    >
      <What one={one} />
      <Far one={one} />
      <span class="board-when">
        <Time at={isFinal(one.state) ? one.updated : one.created} />
      </span>
      <Actions one={one} />
    </li>
  );
}

function What({ one }: { one: Row }): JSX.Element {
  const now = doing(one);
  const about = [KINDS[one.kind], one.by, one.cost_usd === null ? "" : dollars(one.cost_usd), one.preview ? PREVIEWS[one.preview] : ""];
  return (
    <>
      <KindMark kind={one.kind} />
      <div class="board-what">
        <a id={`row-${one.id}`} class="board-name" href={to.row(one)} title={one.name}>
          {one.name || one.id}
        </a>
        {now && (
          <p class="board-doing" data-state={one.state} title={now}>
            {now}
          </p>
        )}
        <p class="board-about">{about.filter(Boolean).join(" · ")}</p>
      </div>
    </>
  );
}

function Far({ one }: { one: Row }): JSX.Element {
  return (
    <div class="board-far">
      <State state={one.state} />
      {one.state === "running" && (
        <span class="board-percent">
          <Progress percent={one.percent} label={`Progress of ${one.name}`} />
          <span>{Math.floor(one.percent)} %</span>
        </span>
      )}
    </div>
  );
}

function Actions({ one }: { one: Row }): JSX.Element {
  const [busy, set] = useState(false);
  const here = useRef(true);
  useEffect(() => () => void (here.current = false), []);
  const during = (work: (one: Row) => Promise<boolean>) => async () => {
    set(true);
    await work(one);
    if (here.current) set(false);
  };
  const word = againWord(one);
  return (
    <div class="board-do">
      {!isFinal(one.state) && <Do one={one} word="Cancel" needs="run" busy={busy} act={during(cancel)} />}
      {word && <Do one={one} word={word} needs="run" busy={busy} act={during(again)} />}
      {isFinal(one.state) && <Do one={one} word="Remove" needs="admin" busy={busy} act={during(remove)} />}
    </div>
  );
}

/** A button; there is none for who may not, since the same is so for each row. */
function Do(props: { one: Row; word: string; needs: Scope; busy: boolean; act: () => void }): JSX.Element | null {
  const { one, word, needs, busy, act } = props;
  if (lacks(needs)) return null;
  return (
    <Button look="quiet" busy={busy} aria-label={`${word}: ${one.name || one.id}`} onClick={act}>
      {word}
    </Button>
  );
}
