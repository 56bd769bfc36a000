/** @file Where photos are dropped, which is anywhere in the view, and picked. */

import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Picked } from "../../upload/gather";
import { fromDrop, fromInput, hasFiles } from "../../upload/gather";
import { Button } from "../../ui/parts";

/** Tells whether files are dragged over the page, and takes them wherever they are let go. */
export function useDrop(onFiles: (picked: Picked) => void, disabled: boolean): boolean {
  const [over, setOver] = useState(false);
  const take = useRef(onFiles);
  take.current = onFiles;
  // At once, not after the next frame: what is let go as soon as the zone is seen is taken.
  useLayoutEffect(() => {
    let depth = 0; // Each part that is dragged across says that it is entered and left.
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event.dataTransfer)) return;
      depth += 1;
      setOver(!disabled);
    };
    const leave = (event: DragEvent): void => {
      if (!hasFiles(event.dataTransfer)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const allow = (event: DragEvent): void => {
      if (!hasFiles(event.dataTransfer) || event.dataTransfer === null) return;
      event.preventDefault(); // Otherwise the browser leaves the page to show the file.
      event.dataTransfer.dropEffect = disabled ? "none" : "copy";
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event.dataTransfer) || event.dataTransfer === null) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      if (!disabled) void fromDrop(event.dataTransfer).then((picked) => take.current(picked));
    };
    const all = { dragenter: enter, dragleave: leave, dragover: allow, drop } as const;
    for (const [name, listen] of Object.entries(all)) window.addEventListener(name, listen as EventListener);
    return () => {
      for (const [name, listen] of Object.entries(all)) window.removeEventListener(name, listen as EventListener);
    };
  }, [disabled]);
  return over;
}

/** The zone that says so, with buttons for those who pick. */
export function Drop(props: { over: boolean; small: boolean; onFiles: (picked: Picked) => void; children?: ComponentChildren }): JSX.Element {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (event: { currentTarget: HTMLInputElement }): void => {
    props.onFiles(fromInput(event.currentTarget.files));
    event.currentTarget.value = ""; // The same may be picked again.
  };
  useLayoutEffect(() => folder.current?.setAttribute("webkitdirectory", ""), []);
  return (
    <div class="new-drop" data-over={props.over ? "" : undefined} data-small={props.small ? "" : undefined}>
      <p class="new-drop-title">{props.over ? "Let go to add them" : props.small ? "Drop more anywhere" : "Drop photos or a folder of photos anywhere here"}</p>
      <div class="new-picks">
        <Button look={props.small ? "plain" : "main"} onClick={() => files.current?.click()}>
          Choose photos
        </Button>
        <Button onClick={() => folder.current?.click()}>Choose a folder</Button>
      </div>
      <input ref={files} class="unseen" type="file" multiple accept="image/*" tabIndex={-1} aria-hidden="true" data-pick="files" onChange={take} />
      <input ref={folder} class="unseen" type="file" multiple tabIndex={-1} aria-hidden="true" data-pick="folder" onChange={take} />
      {props.children}
    </div>
  );
}
