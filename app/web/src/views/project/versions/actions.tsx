/** @file What can be done with a version: make the files what they were, or go on from it in a project of its own. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, need } from "../../../api/client";
import { isFinal, type Project } from "../../../api/types";
import { go, place, to } from "../../../router";
import { confirm, Dialog } from "../../../ui/dialog";
import { Button, Field } from "../../../ui/parts";
import { attempt, say } from "../../../ui/toasts";

const LONGEST_NAME = 80;

/** The buttons. */
export function Actions({ project, version }: { project: Project; version: string }): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [forking, setForking] = useState(false);
  const runs = !isFinal(project.state);
  const isNewest = project.versions.latest === version;
  const restore = async (): Promise<void> => {
    if (!(await confirm(...question(version)))) return;
    setBusy(true);
    await attempt(() => restored(project.id, version));
    setBusy(false);
  };
  return (
    <div class="versions-actions">
      <Button needs="run" onClick={() => setForking(true)}>Fork from here</Button>
      <Button
        look="main"
        needs="run"
        busy={busy}
        disabled={runs || isNewest}
        aria-describedby={runs || isNewest ? "versions-why" : undefined}
        onClick={() => void restore()}
      >
        Restore
      </Button>
      {(runs || isNewest) && (
        <p id="versions-why" class="versions-why">
          {isNewest ? "This is the newest version." : "It can be restored when the run has ended."}
        </p>
      )}
      {forking && <Fork project={project} version={version} close={() => setForking(false)} />}
    </div>
  );
}

function question(version: string): Parameters<typeof confirm> {
  const text = `The app's files become what they were in ${version}. What is there now is kept as a version first, so you can come back to it.`;
  return [`Restore ${version}?`, text, `Restore ${version}`, { danger: false }];
}

async function restored(id: string, version: string): Promise<void> {
  const now = await need(api.POST("/api/projects/{id}/versions/{version}/restore", { params: { path: { id, version } } }));
  say(`The files are what they were in ${version}.`);
  // Who has gone elsewhere meanwhile stays there.
  const { view, id: shown, rest } = place.value;
  if (view === "projects" && shown === id && rest.startsWith("versions")) go(to.project(id, `versions/${now.versions.latest ?? ""}`));
}

function Fork({ project, version, close }: { project: Project; version: string; close: () => void }): JSX.Element {
  const [name, setName] = useState(`${project.name.slice(0, LONGEST_NAME - 7)} (${version})`.slice(0, LONGEST_NAME));
  const [busy, setBusy] = useState(false);
  const start = async (): Promise<void> => {
    setBusy(true);
    const done = await attempt(async () => {
      const body = { version, ...(name.trim() ? { name: name.trim() } : {}) };
      const made = await need(api.POST("/api/projects/{id}/fork", { params: { path: { id: project.id } }, body }));
      say(`${made.name} was made of ${version}.`);
      go(to.project(made.id));
    });
    if (done) close();
    else setBusy(false);
  };
  return (
    <Dialog title={`Fork ${version}`} onClose={close}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void start();
        }}
      >
        <Field
          label="Name"
          for="fork-name"
          hint="A project of its own comes of this version, with the prompts up to now. This one stays as it is."
        >
          <input id="fork-name" maxLength={LONGEST_NAME} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </Field>
        <div class="actions">
          <Button onClick={close}>Cancel</Button>
          <Button look="main" type="submit" needs="run" busy={busy}>
            Fork
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
