/** @file What to do about a run that stopped before it was done: go on, perhaps with more to spend. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, need } from "../../api/client";
import type { GeneratorName, Project } from "../../api/types";
import { Button, Field } from "../../ui/parts";
import { attempt } from "../../ui/toasts";
import type { Live } from "./live";
import { amount } from "./phrases";
import { allowed, code, PARTS, type Part, proposed, reached, spent } from "./snapshot";

const SPENT = "budget_reached";

/** A button that goes on, and what more may be spent where that is why it stopped. */
export function Continue({ project, generator, live }: { project: Project; generator: string; live: Live }): JSX.Element {
  const poor = code(project) === SPENT;
  const [part, choose] = useState<Part>(reached(project));
  const [most, set] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const wished = most ?? String(proposed(spent(project, part)));
  const good = Number(wished) > 0;
  const go = async (): Promise<void> => {
    setBusy(true);
    const budget = poor ? { budget: { [part]: Number(wished) } } : {};
    const body = { ...budget, ...(generator ? { generator: generator as GeneratorName } : {}) };
    await attempt(() => need(api.POST("/api/projects/{id}/continue", { params: { path: { id: project.id } }, body })));
    setBusy(false);
    live.look();
  };
  return (
    <div class="project-continue">
      <p>What was made so far is kept. {poor ? "Give it more to go on." : "Go on, or ask for something else."}</p>
      {poor && (
        <div class="project-raise">
          <Field label="Raise" for="project-part">
            <select id="project-part" value={part} onChange={(event) => (choose(event.currentTarget.value as Part), set(null))}>
              {PARTS.map(({ name, title }) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </select>
          </Field>
          <Field label="To, in all" for="project-most" hint={used(project, part)}>
            <input
              id="project-most"
              type="number"
              min="0"
              step={PARTS.find(({ name }) => name === part)?.step}
              value={wished}
              onInput={(event) => set(event.currentTarget.value)}
            />
          </Field>
        </div>
      )}
      <Button look="main" needs="run" busy={busy} disabled={poor && !good} onClick={() => void go()}>
        Continue
      </Button>
    </div>
  );
}

function used(project: Project, part: Part): string {
  const limit = allowed(project, part);
  const so = `${amount(part, spent(project, part))} used so far`;
  return limit === null ? `${so}.` : `${so}, of ${amount(part, limit)}.`;
}
