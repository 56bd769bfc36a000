/** @file The box for the next prompt, and what to do about a run that goes on or has stopped. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { api, need, Problem } from "../../api/client";
import { type GeneratorName, isFinal, type Project } from "../../api/types";
import { Dollars } from "../../ui/dollars";
import { useKeys } from "../../ui/keys";
import { useLoad } from "../../ui/load";
import { doesCost, dollarsOf, wrongDollars } from "../../ui/money";
import { Button, Trouble } from "../../ui/parts";
import { useSubmit } from "../../ui/submit";
import { attempt, say } from "../../ui/toasts";
import { dollars } from "../../words";
import type { Live } from "./live";
import { allowed, spent } from "./snapshot";

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
  const [most, limit] = useState("");
  const { busy: sending, failure, start } = useSubmit("run");
  const box = useRef<HTMLTextAreaElement>(null);
  useKeys([{ key: "/", does: "Write to the generator", act: () => box.current?.focus() }]);
  const goesOn = !isFinal(project.state);
  const able = useGenerators();
  const costs = able.some((one) => one.name === (generator || project.generator) && doesCost(one));
  const wrong = costs ? wrongDollars(most) : "";
  const keep = (value: string): void => {
    drafts.set(id, value);
    write(value);
    failure.value = null;
  };
  const post = async (): Promise<void> => {
    const budget = costs ? dollarsOf(most) : null;
    const body = { prompt: text, ...(generator ? { generator: generator as GeneratorName } : {}), ...(budget === null ? {} : { budget: { cost_usd: budget } }) };
    await need(api.POST("/api/projects/{id}/messages", { params: { path: { id } }, body }));
    // What was written meanwhile is for the next time.
    if (box.current?.value === text) keep("");
    limit("");
    onSent();
  };
  const send = (): void => {
    if (goesOn || wrong || text.trim() === "") return;
    start(() => post().finally(live.look));
  };
  const busy = goesOn || (failure.value instanceof Problem && failure.value.status === BUSY);
  return (
    <form
      class="project-box"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {failure.value !== null && <Trouble error={failure.value} />}
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
          if (goesOn) say("It is still being worked on. What you wrote stays here; send it when this is done.");
          else send();
        }}
      />
      {costs && !goesOn && (
        <details class="project-limit">
          <summary>What it may cost</summary>
          <Dollars
            id="project-dollars"
            label="Stop when the project has cost, in all (US dollars)"
            hint={`It has cost ${dollars(spent(project, "cost_usd"))}. Left empty, the limit stays as it is${asItIs(project)}.`}
            value={most}
            onChange={limit}
            problem={wrong}
          />
        </details>
      )}
      <div class="project-send">
        <p id="project-prompt-hint" class="project-hint">
          {hint(project, text)}
        </p>
        {!goesOn && <Generators able={able} project={project} chosen={generator} choose={choose} />}
        {busy && <Cancel project={project} live={live} />}
        {!goesOn && (
          <Button look="main" type="submit" needs="run" busy={sending.value} disabled={text.trim() === "" || wrong !== ""}>
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
  if (!isFinal(project.state)) return "It is being worked on. Write the next one now, and send it when this is done.";
  if (text.length > MOST_CHARS - 500) return `${MOST_CHARS - text.length} characters are left.`;
  return byTouch() ? "" : "Enter sends; Shift and Enter begin a new line.";
}

function asItIs(project: Project): string {
  const now = allowed(project, "cost_usd");
  return now === null ? "" : `, ${dollars(now)}`;
}

interface Able {
  readonly name: string;
  readonly title: string;
}

/** Those that can be asked now. */
function useGenerators(): readonly Able[] {
  const [loaded] = useLoad((signal) => need(api.GET("/api/generators", { signal })), []);
  return loaded.state === "there" ? loaded.value.generators.filter((one) => one.available) : [];
}

/** Who does it; asked only where there is a choice. */
function Generators(props: {
  able: readonly Able[];
  project: Project;
  chosen: string;
  choose: (name: string) => void;
}): JSX.Element | null {
  const { able, project, chosen, choose } = props;
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
    <Button look="danger" needs="run" busy={busy} onClick={() => void cancel()}>
      Cancel
    </Button>
  );
}
