/** @file The box for the next prompt, and what to do about a run that goes on or has stopped. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { api, need, Problem } from "../../api/client";
import { isFinal, type Project } from "../../api/types";
import { useKeys } from "../../ui/keys";
import { useLoad } from "../../ui/load";
import { Button, Trouble } from "../../ui/parts";
import { attempt } from "../../ui/toasts";
import type { Live } from "./live";

const MOST_CHARS = 20_000;
const BUSY = 409;

/** What was written and not sent, by project: changing the tab loses nothing. */
const drafts = new Map<string, string>();

interface Box {
  readonly project: Project;
  readonly live: Live;
  /** Who was chosen to do it; empty for who did it before. */
  readonly generator: string;
  readonly choose: (name: string) => void;
  readonly onSent: () => void;
}

/** The box. */
export function PromptBox(props: Box): JSX.Element {
  const { project, live, generator, choose, onSent } = props;
  const { id } = project;
  const [text, write] = useState(drafts.get(id) ?? "");
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  useKeys([{ key: "/", does: "Write to the generator", act: () => box.current?.focus() }]);
  const goesOn = !isFinal(project.state);
  const keep = (value: string): void => {
    drafts.set(id, value);
    write(value);
    setError(null);
  };
  const send = async (): Promise<void> => {
    if (goesOn || sending || text.trim() === "") return;
    setSending(true);
    setError(null);
    try {
      const body = generator ? { prompt: text, generator } : { prompt: text };
      await need(api.POST("/api/projects/{id}/messages", { params: { path: { id } }, body }));
      // What was written meanwhile is for the next time.
      if (box.current?.value === text) keep("");
      onSent();
    } catch (problem) {
      setError(problem);
    }
    setSending(false);
    live.look();
  };
  const busy = goesOn || (error instanceof Problem && error.status === BUSY);
  return (
    <form
      class="project-box"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {error !== null && <Trouble error={error} />}
      <label class="unseen" for="project-prompt">
        What to change
      </label>
      <textarea
        id="project-prompt"
        ref={box}
        rows={2}
        maxLength={MOST_CHARS}
        placeholder="Say what to change, or what to add"
        aria-describedby="project-prompt-hint"
        value={text}
        onInput={(event) => keep(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing || byTouch()) return;
          event.preventDefault();
          void send();
        }}
      />
      <div class="project-send">
        <p id="project-prompt-hint" class="project-hint">
          {hint(project, text)}
        </p>
        {!goesOn && <Generators project={project} chosen={generator} choose={choose} />}
        {busy && <Cancel project={project} live={live} />}
        {!goesOn && (
          <Button look="main" type="submit" busy={sending} disabled={text.trim() === ""}>
            Send
          </Button>
        )}
      </div>
    </form>
  );
}

/** Where the keyboard is on the screen, Enter begins a line, as everywhere there. */
function byTouch(): boolean {
  return window.matchMedia("(pointer: coarse)").matches;
}

function hint(project: Project, text: string): string {
  if (!isFinal(project.state)) return "It is being worked on. You can write the next one now.";
  if (text.length > MOST_CHARS - 500) return `${MOST_CHARS - text.length} characters are left.`;
  return byTouch() ? "" : "Enter sends; Shift and Enter begin a new line.";
}

/** Who does it; asked only where there is a choice. */
function Generators(props: { project: Project; chosen: string; choose: (name: string) => void }): JSX.Element | null {
  const { project, chosen, choose } = props;
  const [loaded] = useLoad((signal) => need(api.GET("/api/generators", { signal })), []);
  const able = loaded.state === "there" ? loaded.value.generators.filter((one) => one.available) : [];
  if (able.length < 2) return null;
  const before = able.some(({ name }) => name === project.generator) ? project.generator : "";
  return (
    <select
      class="project-generator"
      aria-label="Who does it"
      value={chosen || before}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      {before === "" && <option value="">The server's choice</option>}
      {able.map((one) => (
        <option key={one.name} value={one.name} title={one.title}>
          {one.name}
        </option>
      ))}
    </select>
  );
}

function Cancel({ project, live }: { project: Project; live: Live }): JSX.Element {
  const [busy, set] = useState(false);
  const cancel = async (): Promise<void> => {
    set(true);
    const params = { path: { id: project.id }, query: { cancel_only: true } };
    await attempt(async () => {
      const answer = await api.DELETE("/api/projects/{id}", { params });
      // It has ended meanwhile, which is what was wanted.
      if (answer.response.status !== BUSY) await need(Promise.resolve(answer));
    });
    set(false);
    live.look();
  };
  return (
    <Button look="danger" busy={busy} onClick={() => void cancel()}>
      Cancel
    </Button>
  );
}
