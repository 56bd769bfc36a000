/** @file What the build has said, as the orchestrator sees it, in order; it stays at the end while one is there. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Build } from "../../api/types";
import { Button } from "../../ui/parts";
import { count } from "../../words";
import type { Live } from "./live";
import { countOf, fate, type Fate, type Message } from "./messages";

const NEAR = 40; // Pixels from the end that count as being there.
const SHOWN = 10; // Pieces that are drawn at first.

const TYPES: Record<string, string> = {
  status: "Status",
  action: "Action",
  success: "Success",
  error: "Error",
  warning: "Warning",
  assistant: "Says",
};

const FATES: Record<Fate, string> = {
  waiting: "waits to be delivered",
  delivered: "delivered",
  settled: "delivered, or given up",
};

/** The messages. */
export function Log({ live }: { live: Live }): JSX.Element {
  const pieces = live.messages.value;
  const delivery = live.build.value?.delivery;
  const [shown, show] = useState(SHOWN);
  const from = Math.max(0, pieces.length - shown);
  const { box, away, toEnd } = useEnd(pieces);
  return (
    <section class="build-log" aria-label="Messages">
      <h2>
        Messages <span class="build-soft">{count(countOf(pieces))}</span>
        {delivery && delivery.waiting > 0 && <span class="build-waiting">{count(delivery.waiting)} not delivered yet</span>}
      </h2>
      <div class="build-messages" ref={box} role="log" tabIndex={0} aria-label="Messages of the build">
        {live.cut.value && from === 0 && <p class="build-note">Older messages are no longer kept here.</p>}
        {from > 0 && (
          <p class="build-note">
            <Button look="quiet" onClick={() => show(shown + SHOWN)}>
              Show earlier messages
            </Button>
          </p>
        )}
        {pieces.length === 0 && <p class="build-note">The build has not said anything yet.</p>}
        {pieces.slice(from).map((piece, index) => (
          <Piece key={from + index} piece={piece} delivery={delivery} />
        ))}
      </div>
      {away && (
        <Button class="build-end" onClick={toEnd}>
          Go to the newest
        </Button>
      )}
    </section>
  );
}

/** Messages of one piece; drawn again only where what became of them differs. */
function Piece({ piece, delivery }: { piece: readonly Message[]; delivery: Build["delivery"] | undefined }): JSX.Element {
  const fates = piece.map((one) => (delivery ? fate(one.number, delivery) : "waiting"));
  return useMemo(
    () => (
      <ol>
        {piece.map((one, index) => (
          <Line key={one.number} one={one} fate={fates[index] ?? "waiting"} />
        ))}
      </ol>
    ),
    [piece, fates.join()],
  );
}

function Line({ one, fate }: { one: Message; fate: Fate }): JSX.Element {
  return (
    <li data-type={one.type}>
      <time dateTime={one.timestamp} title={new Date(one.timestamp).toLocaleString()}>
        {clock(one.timestamp)}
      </time>
      <span class="build-type">{TYPES[one.type] ?? one.type}</span>
      <span class="build-content">{one.content}</span>
      <span class="build-fate" data-fate={fate} title={FATES[fate]}>
        <span class="unseen">{FATES[fate]}</span>
      </span>
    </li>
  );
}

function clock(time: string): string {
  return new Date(time).toLocaleTimeString([], { hour12: false });
}

/** Keeps a box at its end as it grows, unless somebody reads further up. */
function useEnd(content: unknown): { box: { current: HTMLDivElement | null }; away: boolean; toEnd: () => void } {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [away, set] = useState(false);
  const toEnd = (): void => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  useEffect(() => {
    const element = box.current;
    const look = (): void => {
      if (element === null) return;
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
      set(!atEnd.current);
    };
    element?.addEventListener("scroll", look, { passive: true });
    return () => element?.removeEventListener("scroll", look);
  }, []);
  useLayoutEffect(() => {
    if (atEnd.current) toEnd();
  }, [content]);
  return { box, away, toEnd };
}
