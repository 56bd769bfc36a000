/** @file From a prompt to an app. */

import { signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { api, need } from "../../api/client";
import type { GeneratorName } from "../../api/types";
import { go, to } from "../../router";
import { Dollars } from "../../ui/dollars";
import { useLoad } from "../../ui/load";
import { doesCost, dollarsOf, wrongDollars } from "../../ui/money";
import { Button, Field, Loading, Trouble } from "../../ui/parts";
import { type Problems, useSubmit } from "../../ui/submit";
import { say } from "../../ui/toasts";
import { Choice, first, type Option } from "./choice";

const MOST_CHARACTERS = 20_000;
const EXAMPLES = [
  "A todo list that remembers what I wrote, with a filter for what is done",
  "A page for my bakery with the opening hours, a menu and a map sketch",
  "A dashboard of numbers from a CSV file that I can drop on it, with charts",
  "A quiz about capitals with ten questions and a score at the end",
];

/** What was written and not sent: who looks at something else finds it again. */
const draft = signal("");

interface Generators {
  readonly default: string;
  readonly generators: readonly Option[];
}

/** The tab. */
export function NewApp({ prompt }: { prompt: string }): JSX.Element {
  const [loaded, again] = useLoad<Generators>((signal) => need(api.GET("/api/generators", { signal })), []);
  if (loaded.state === "loading") return <Loading label="Asking what this server can do" />;
  if (loaded.state === "failed") return <Trouble error={loaded.error} again={again} />;
  return <Form server={loaded.value} prompt={prompt} />;
}

function Form({ server, prompt }: { server: Generators; prompt: string }): JSX.Element {
  const text = draft;
  useEffect(() => {
    if (prompt) text.value = prompt;
  }, [prompt]);
  const generator = useSignal(first(server.generators, server.default));
  const budget = useSignal("");
  const { busy, failure, problems, start: submit } = useSubmit("run");
  const box = useRef<HTMLTextAreaElement>(null);
  const chosen = server.generators.find((each) => each.name === generator.value);
  const costs = chosen !== undefined && doesCost(chosen);

  const start = (): void => {
    const send = (): Promise<void> => generate(text.value, generator.value, generator.value === server.default, costs ? dollarsOf(budget.value) : null);
    if (!submit(send, check(text.value, costs ? budget.value : ""))) box.current?.focus();
  };
  return (
    <form
      class="new-columns"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      <section class="new-prompt" aria-label="Prompt">
        <Field label="What should it be?" for="prompt" problem={problems.value["prompt"] ?? ""} hint="In your own words: what it is for, what one sees, what one can do. Ctrl and Enter starts it; it can be changed afterwards by saying what.">
          <textarea
            id="prompt"
            ref={box}
            rows={7}
            maxLength={MOST_CHARACTERS}
            placeholder="Such as: a todo list that remembers what I wrote"
            value={text.value}
            onInput={(event) => (text.value = event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              start();
            }}
          />
        </Field>
        {failure.value !== null && <Trouble error={failure.value} />}
        <div class="actions new-go">
          <Button look="main" type="submit" needs="run" busy={busy.value} disabled={!generator.value || !text.value.trim()}>
            Make the app
          </Button>
        </div>
        <Examples onPick={(example) => ((text.value = example), box.current?.focus())} />
      </section>
      <section class="panel new-settings" aria-label="Settings">
        <Choice label="Who makes it" options={server.generators} value={generator.value} onChange={(name) => (generator.value = name)} />
        {!generator.value && <p class="wrong">Nothing on this server can make an app; the reasons stand at each.</p>}
        {costs && (
          <Dollars
            id="budget"
            label="Stop when it has cost (US dollars)"
            hint="It pauses there and asks you. Left empty, the server's own limit holds."
            value={budget.value}
            onChange={(value) => (budget.value = value)}
            problem={problems.value["budget"] ?? problems.value["budget.cost_usd"] ?? ""}
          />
        )}
      </section>
    </form>
  );
}

function Examples({ onPick }: { onPick: (example: string) => void }): JSX.Element {
  return (
    <div class="new-examples">
      <h2>Examples to begin with</h2>
      <ul>
        {EXAMPLES.map((example) => (
          <li key={example}>
            <button type="button" onClick={() => onPick(example)}>
              {example}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function check(prompt: string, budget: string): Problems {
  const problems: Record<string, string> = {};
  if (!prompt.trim()) problems["prompt"] = "Say what it should be, in a sentence or more.";
  const wrong = wrongDollars(budget);
  if (wrong) problems["budget"] = wrong;
  return problems;
}

/** Starts it, and goes there. Who did not choose is told what else there could be. */
async function generate(prompt: string, generator: string, byDefault: boolean, most: number | null): Promise<void> {
  const body = { prompt: prompt.trim(), ...(byDefault ? {} : { generator: generator as GeneratorName }), ...(most === null ? {} : { budget: { cost_usd: most } }) };
  const made = await need(api.POST("/api/generate", { body }));
  draft.value = "";
  if (made.hint) say(made.hint);
  go(to.project(made.id));
}
