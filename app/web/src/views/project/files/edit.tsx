/** @file A text file, to be changed by hand. What was typed stays until it is saved or thrown away. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { confirm } from "../../../ui/dialog";
import { Button, Trouble } from "../../../ui/parts";
import { useSubmit } from "../../../ui/submit";
import { say } from "../../../ui/toasts";
import { call } from "../call";

const drafts = new Map<string, Draft>();
const MOST_DRAFTS = 20;
/** How many there are, for those who show that. */
const count = signal(0);

/** What is being typed, and what the file was when that began. */
interface Draft {
  readonly from: string;
  readonly text: string;
}

/** Whether something was typed into a file and not saved yet. */
export function isDrafted(id: string, path: string): boolean {
  void count.value;
  return drafts.has(`${id} ${path}`);
}

/** Has the browser ask before what was typed is gone. */
function stay(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** The editor; `now` is what is in the file. */
export function Edit({ id, path, now, close }: { id: string; path: string; now: string; close: () => void }): JSX.Element {
  const key = `${id} ${path}`;
  const [draft, set] = useState<Draft>(() => drafts.get(key) ?? { from: now, text: now });
  const { busy, failure, start } = useSubmit("run");
  const box = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    box.current?.setSelectionRange(0, 0);
    box.current?.focus({ preventScroll: true });
    box.current?.scrollTo(0, 0);
  }, []);
  const changed = draft.text !== draft.from;
  const passed = now !== draft.from && now !== draft.text;
  const type = (text: string): void => {
    const next = { ...draft, text };
    set(next);
    keep(key, next);
  };
  const done = (): void => {
    keep(key, { ...draft, text: draft.from });
    close();
  };
  const write = async (): Promise<void> => {
    const { ok, text } = await call(id, "write_file", { path, content: draft.text });
    if (!ok) throw new Error(text);
    say(`${path} is saved.`);
    done();
  };
  const save = async (): Promise<void> => {
    if (!passed || (await confirm(...question(path)))) start(write);
  };
  const leave = async (): Promise<void> => {
    if (!changed || (await confirm("Throw away what you typed?", `${path} stays as it is.`, "Throw it away", { no: "Go on typing" }))) done();
    else box.current?.focus();
  };
  return (
    <form
      class="files-edit"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {passed && (
        <p class="files-cut" role="status">
          The file was changed by somebody else since you began. Saving puts yours in its place; the versions keep theirs.
        </p>
      )}
      {failure.value !== null && <Trouble error={failure.value} />}
      <textarea
        ref={box}
        aria-label={`What is in ${path}`}
        spellcheck={false}
        autocomplete="off"
        value={draft.text}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void save();
        }}
      />
      <div class="actions">
        <Button onClick={() => void leave()}>Cancel</Button>
        <Button look="main" type="submit" needs="run" busy={busy.value} disabled={!changed}>
          Save
        </Button>
      </div>
    </form>
  );
}

function question(path: string): Parameters<typeof confirm> {
  return [`Put yours in the place of ${path}?`, "It was changed by somebody else since you began. The versions keep what it was.", "Save mine"];
}

function keep(key: string, draft: Draft): void {
  drafts.delete(key);
  if (draft.text !== draft.from) drafts.set(key, draft);
  for (const oldest of drafts.keys()) {
    if (drafts.size <= MOST_DRAFTS) break;
    drafts.delete(oldest);
  }
  count.value = drafts.size;
  (drafts.size > 0 ? window.addEventListener : window.removeEventListener)("beforeunload", stay);
}
