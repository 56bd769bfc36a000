/** @file The same photos once more, as they were or with other settings. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { send } from "../../api/client";
import type { Job } from "../../api/types";
import { go, to } from "../../router";
import { Dialog } from "../../ui/dialog";
import { useLoad } from "../../ui/load";
import { Button, Field, Loading, Trouble } from "../../ui/parts";
import { useSubmit } from "../../ui/submit";
import { Parameters } from "../../upload/fields";
import { tooFew, type Wanting } from "../../upload/limits";
import { fieldsOf, initialValues, read, type Values } from "../../upload/schema";

interface Engine extends Wanting {
  readonly available: boolean;
  readonly reason: string;
  readonly parameters: unknown;
}

interface Order {
  readonly engine?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Makes a new job of the photos of another one, and goes there. */
export async function retry(id: string, order: Order = {}): Promise<void> {
  const options = { method: "POST", body: JSON.stringify(order), headers: { "Content-Type": "application/json" } };
  const made = (await (await send(`/jobs/${encodeURIComponent(id)}/retry`, options)).json()) as { id: string };
  go(to.job(made.id));
}

/** Asks for the settings. */
export function Again({ job, onClose }: { job: Job; onClose: () => void }): JSX.Element {
  const [loaded, again] = useLoad<Engine[]>(async (signal) => (await (await send("/engines", { signal })).json()).engines, []);
  return (
    <Dialog title="Change and retry" onClose={onClose} class="job-again">
      {loaded.state === "loading" && <Loading label="Asking which engines there are" />}
      {loaded.state === "failed" && <Trouble error={loaded.error} again={again} />}
      {loaded.state === "there" && <Form job={job} engines={loaded.value} onClose={onClose} />}
    </Dialog>
  );
}

function Form({ job, engines, onClose }: { job: Job; engines: readonly Engine[]; onClose: () => void }): JSX.Element {
  const [engine, setEngine] = useState(job.engine);
  const fields = useMemo(() => fieldsOf(engines.find((each) => each.name === engine)?.parameters), [engine]);
  const [values, setValues] = useState<Values>(() => initialValues(fields, job.parameters));
  const { busy, failure, problems, start: submit } = useSubmit("run");

  const few = tooFew(job.images, engines.find((each) => each.name === engine));

  const choose = (name: string): void => {
    setEngine(name);
    problems.value = {};
    const parameters = engines.find((each) => each.name === name)?.parameters;
    setValues(initialValues(fieldsOf(parameters), name === job.engine ? job.parameters : {}));
  };
  const start = (): void => {
    const { params, problems: found } = read(fields, values);
    submit(() => retry(job.id, { engine, params }), found);
  };
  return (
    <form
      class="job-form"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      <p>A new job is made of the same photos. This one stays as it is.</p>
      <Field label="Engine" for="again-engine">
        <select id="again-engine" value={engine} onChange={(event) => choose(event.currentTarget.value)}>
          {engines.map((each) => (
            <option key={each.name} value={each.name} disabled={!each.available}>
              {each.available ? each.name : `${each.name} (${each.reason})`}
            </option>
          ))}
        </select>
      </Field>
      <Parameters fields={fields} values={values} problems={problems.value} onChange={setValues} />
      {failure.value !== null && <Trouble error={failure.value} />}
      <div class="actions">
        <Button onClick={onClose}>Close</Button>
        <Button look="main" type="submit" needs="run" why={few} busy={busy.value}>
          Retry
        </Button>
      </div>
    </form>
  );
}
