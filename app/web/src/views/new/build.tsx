/** @file A build, as an orchestrator asks for one. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { api, need } from "../../api/client";
import { go, to } from "../../router";
import { Button, Field, Trouble } from "../../ui/parts";
import { type Problems, useSubmit } from "../../ui/submit";

const NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$/;
const MOST_BYTES = 100 * 1024;
const LAST_PORT = 65_535;

/** What is typed. */
interface Typed {
  readonly prompt: string;
  readonly workspace: string;
  readonly port: string;
}

/** What was written and not sent: who looks at something else finds it again. */
const draft = signal<Typed>(blank());

/** The tab. */
export function NewBuild({ prompt }: { prompt: string }): JSX.Element {
  const typed = draft;
  useEffect(() => {
    if (prompt) typed.value = { ...typed.value, prompt };
  }, [prompt]);
  const { busy, failure, problems, start: submit } = useSubmit("run");
  const set = (name: keyof Typed) => (event: { currentTarget: { value: string } }) => (typed.value = { ...typed.value, [name]: event.currentTarget.value });

  const send = async (): Promise<void> => {
    const run = await build(typed.value);
    draft.value = blank();
    go(to.build(run));
  };
  const start = (): boolean => submit(send, check(typed.value));
  return (
    <form
      class="new-columns"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      <section class="new-prompt" aria-label="Prompt">
        <Field label="What is to be built?" for="build-prompt" problem={problems.value["prompt"] ?? ""} hint="The server's pipeline makes the app in a workspace, and the orchestrator is told of each step and asked to install and to start it.">
          <textarea
            id="build-prompt"
            rows={7}
            placeholder="Such as: a shop for tea"
            value={typed.value.prompt}
            onInput={set("prompt")}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              start();
            }}
          />
        </Field>
        {failure.value !== null && <Trouble error={failure.value} />}
        <div class="actions new-go">
          <Button look="main" type="submit" needs="run" busy={busy.value} disabled={!typed.value.prompt.trim()}>
            Build it
          </Button>
        </div>
      </section>
      <section class="panel new-settings" aria-label="Settings">
        <Field label="Workspace" for="build-workspace" problem={problems.value["workspaceId"] ?? ""} hint="The name of a folder. The app goes into it, whether it is there already or not.">
          <input id="build-workspace" type="text" autocomplete="off" spellcheck={false} value={typed.value.workspace} onInput={set("workspace")} />
        </Field>
        <Field label="The app's port" for="build-port" problem={problems.value["assignedPort"] ?? ""} hint="Where the orchestrator starts it. Left empty, 5000.">
          <input id="build-port" type="text" inputMode="numeric" autocomplete="off" placeholder="5000" value={typed.value.port} onInput={set("port")} />
        </Field>
        <p class="hint">This needs an orchestrator, which the server's settings name. To have an app without one, <a href="#/new?kind=app">ask for an app</a>.</p>
      </section>
    </form>
  );
}

function check({ prompt, workspace, port }: Typed): Problems {
  const problems: Record<string, string> = {};
  if (!prompt.trim()) problems["prompt"] = "Say what is to be built.";
  else if (new TextEncoder().encode(prompt).length > MOST_BYTES) problems["prompt"] = "This is more than 100 KB.";
  if (!NAME.test(workspace)) problems["workspaceId"] = "This has to be 1 to 128 letters, digits, dots, hyphens and underscores.";
  const number = Number(port);
  if (port.trim() && !(Number.isInteger(number) && number >= 1 && number <= LAST_PORT)) problems["assignedPort"] = "This has to be a port, 1 to 65,535.";
  return problems;
}

/** Asks for it, and gives its name. */
async function build({ prompt, workspace, port }: Typed): Promise<string> {
  const body = { runId: `page-${random()}`, prompt, workspaceId: workspace, ...(port.trim() ? { assignedPort: Number(port) } : {}) };
  return (await need(api.POST("/api/build", { body }))).runId;
}

function blank(): Typed {
  return { prompt: "", workspace: `workspace-${random().slice(0, 6)}`, port: "" };
}

function random(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
