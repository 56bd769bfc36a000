/** @file The photos that were picked. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Photo, remove } from "../../upload/draft";
import { draw } from "../../upload/thumbs";
import type { Sent } from "../../upload/upload";
import { size } from "../../words";

const PIXELS = 240;
const MARKS: Record<Sent["state"], string> = { waiting: "", going: "Going up", there: "There", refused: "Refused" };

/** All of them; while they are sent, with how each is. */
export function Grid(props: { photos: readonly Photo[]; of: (key: string) => Sent | undefined; fixed: boolean }): JSX.Element {
  const list = useRef<HTMLUListElement>(null);
  const takeOut = useRef((key: string, at: number) => {
    remove(key);
    // The focus goes to the next one, where it would otherwise be lost.
    requestAnimationFrame(() => {
      const buttons = list.current?.querySelectorAll("button") ?? [];
      (buttons[Math.min(at, buttons.length - 1)] as HTMLElement | undefined)?.focus();
    });
  }).current;
  return (
    <ul class="new-grid" aria-label="Photos" ref={list}>
      {props.photos.map((photo, at) => {
        const sent = props.of(photo.key);
        const percent = sent && photo.file.size > 0 ? Math.round((100 * sent.bytes) / photo.file.size) : 0;
        return (
          <Tile key={photo.key} photo={photo} at={at} fixed={props.fixed} state={sent?.state ?? null} percent={percent} problem={sent?.problem ?? ""} onRemove={takeOut} />
        );
      })}
    </ul>
  );
}

interface TileProps {
  readonly photo: Photo;
  readonly at: number;
  readonly fixed: boolean;
  readonly state: Sent["state"] | null;
  readonly percent: number;
  readonly problem: string;
  readonly onRemove: (key: string, at: number) => void;
}

/** Made again only when something of it changes: while photos are sent, there is news many times a second. */
function Tile(props: TileProps): JSX.Element {
  return useMemo(() => drawn(props), Object.values(props));
}

function drawn(props: TileProps): JSX.Element {
  const { photo, state, percent } = props;
  const mark = state ? MARKS[state] : "";
  return (
    <li class="new-tile" data-sent={state ?? undefined}>
      <Thumb photo={photo} />
      <p class="new-name" title={photo.path}>
        {photo.file.name}
      </p>
      <p class="new-size">{state === "going" ? `${percent} %` : mark || size(photo.file.size)}</p>
      {state === "refused" && <p class="new-why">{props.problem}</p>}
      {!props.fixed && (
        <button type="button" class="new-remove" aria-label={`Remove ${photo.file.name}`} title="Remove" onClick={() => props.onRemove(photo.key, props.at)}>
          ×
        </button>
      )}
    </li>
  );
}

/** Drawn when it is first scrolled into view; there is nothing to read in it, the name stands below. */
function Thumb({ photo }: { photo: Photo }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [shown, setShown] = useState<boolean | null>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const stop = new AbortController();
    const watch = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watch.disconnect();
        void draw(photo.file, element, PIXELS, stop.signal).then((done) => stop.signal.aborted || setShown(done));
      },
      { rootMargin: "200px" },
    );
    watch.observe(element);
    return () => {
      watch.disconnect();
      stop.abort();
    };
  }, [photo]);
  return (
    <div class="new-thumb" data-shown={shown ? "" : undefined}>
      <canvas ref={canvas} width={4} height={3} aria-hidden="true" />
      {shown === false && <span>No preview</span>}
    </div>
  );
}
