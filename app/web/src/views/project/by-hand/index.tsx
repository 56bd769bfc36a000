/** @file The tools of a project, to be called by hand: the same that generators use, in the same sandbox. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { api, need } from "../../../api/client";
import type { Project } from "../../../api/types";
import { go, to } from "../../../router";
import { useLoad } from "../../../ui/load";
import { Button, Field, Loading, Trouble } from "../../../ui/parts";
import { useSubmit } from "../../../ui/submit";
import { Parameters } from "../../../upload/fields";
import { type FieldSpec, fieldsOf, initialValues, read, type Values } from "../../../upload/schema";
import { call, type Result } from "../call";
import { toolTitle } from "../phrases";
import "./by-hand.css";

const FIRST = "run_command";
/** What the fields are called for people; the schema's own names are for programs. */
const LABELS: Readonly<Record<string, string>> = {
  ...{ argv: "Command", directory: "In the directory", seconds: "At most, in seconds", path: "Path", offset: "From line", limit: "Lines at most" },
  ...{ numbered: "With line numbers", old: "Text to replace", new: "Replace it with", replace_all: "Each time it occurs", dev: "For development only" },
};
const HINTS: Readonly<Record<string, string>> = {
  argv: "As it is typed in a terminal, but without a shell: pnpm run lint",
  packages: "With spaces between them, such as: zod @types/react@18. Without any, what package.json names is installed.",
};
/** What was typed, by project and tool, and what came of it: who looks at something else finds it again. */
const kept = new Map<string, { values: Values; result: Result | null }>();

interface Tool {
  readonly name: string;
  readonly title: string;
  readonly parameters: unknown;
}

/** The pane. */
export function ByHand({ project, tool: wanted }: { project: Project; tool: string }): JSX.Element {
  const [loaded, again] = useLoad<readonly Tool[]>(async (signal) => (await need(api.GET("/api/tools", { signal }))).tools, []);
  if (loaded.state === "loading") return <Loading label="Asking which tools there are" />;
  if (loaded.state === "failed") return <Trouble error={loaded.error} again={again} />;
  const tool = loaded.value.find((each) => each.name === (wanted || FIRST)) ?? loaded.value[0];
  return (
    <div class="by-hand">
      <Field label="Tool" for="by-hand-tool">
        <select id="by-hand-tool" value={tool?.name} onChange={(event) => go(to.project(project.id, `tools/${event.currentTarget.value}`), { replace: true })}>
          {loaded.value.map((each) => (
            <option key={each.name} value={each.name}>
              {toolTitle(each.name)}
            </option>
          ))}
        </select>
      </Field>
      {tool && <Call key={tool.name} id={project.id} tool={tool} />}
    </div>
  );
}

function Call({ id, tool }: { id: string; tool: Tool }): JSX.Element {
  const key = `${id} ${tool.name}`;
  const fields = useMemo(() => fieldsOf(tool.parameters).map((field) => spoken(field)), [tool]);
  const [values, setValues] = useState<Values>(() => kept.get(key)?.values ?? initialValues(fields));
  const [result, setResult] = useState<Result | null>(() => kept.get(key)?.result ?? null);
  const { busy, failure, problems, start } = useSubmit("run");
  const [running, setRunning] = useState<AbortController | null>(null);
  const now = useRef(running);
  now.current = running;
  useEffect(() => () => now.current?.abort(), []);
  useEffect(() => void kept.set(key, { values, result }), [key, values, result]);

  const run = async (params: Record<string, unknown>): Promise<void> => {
    const controller = new AbortController();
    setRunning(controller);
    try {
      setResult(await call(id, tool.name, params, controller.signal));
    } catch (problem) {
      if (!controller.signal.aborted) throw problem;
      setResult(STOPPED);
    } finally {
      setRunning(null);
    }
  };
  const submit = (): void => {
    const { params, problems: found } = read(fields, values);
    if (busy.value) return;
    setResult(null);
    start(() => run(params), found);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p class="hint">{tool.title}</p>
      <Parameters fields={fields} values={values} problems={problems.value} onChange={setValues} />
      <div class="actions">
        {running && <Button onClick={() => running.abort()}>Stop</Button>}
        <Button look="main" type="submit" needs="run" busy={busy.value}>
          Run
        </Button>
      </div>
      {running && <p class="hint">It runs. Leaving this view stops it.</p>}
      {failure.value !== null && <Trouble error={failure.value} />}
      {result && <Outcome result={result} />}
    </form>
  );
}

function spoken(field: FieldSpec): FieldSpec {
  return { ...field, label: LABELS[field.name] ?? field.label, description: HINTS[field.name] ?? field.description };
}

/** What stopping it leaves. */
const STOPPED: Result = { tool: "", ok: false, text: "It was stopped. What it had changed until then is still there.", data: {}, cut: false };

function Outcome({ result }: { result: Result }): JSX.Element {
  return (
    <section class="by-hand-result" aria-label="Result" role="status" data-ok={result.ok}>
      <h3>{result.ok ? "Done" : "It did not work"}</h3>
      <pre class="log" tabIndex={0}>
        {result.text || "Nothing was said."}
      </pre>
      {result.cut && <p class="hint">This is not all of it: it was too long to be told whole.</p>}
    </section>
  );
}
