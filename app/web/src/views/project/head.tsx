/** @file What is above a project: its name, how it is, and what can be done with all of it. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, need } from "../../api/client";
import type { Project } from "../../api/types";
import { go, to } from "../../router";
import { confirm, Dialog } from "../../ui/dialog";
import { Download } from "../../ui/download";
import { Button, Field, Progress, State, Time } from "../../ui/parts";
import { attempt, say } from "../../ui/toasts";
import { doing } from "../../words";
import { title } from "./snapshot";
import { Usage } from "./usage";

const SOON_MS = 7 * 86_400_000;

/** The head of the view. */
export function Head({ project, known, gone }: { project: Project; known: string; gone: boolean }): JSX.Element {
  const { id, state, progress } = project;
  const [forking, fork] = useState(false);
  const name = title(project, known);
  useEffect(() => {
    document.title = `${name} · Callboard`;
  }, [name]);
  return (
    <header class="project-head">
      <div class="project-title">
        <h1>{name}</h1>
        <State state={state} />
      </div>
      <div class="project-doing">
        <Doing project={project} />
        <div class="project-bar">{state === "running" && <Progress percent={progress.percent} label="How far it is" />}</div>
      </div>
      {!gone && (
        <div class="project-acts">
          <Usage project={project} />
          <Download look="quiet" href={`/api/projects/${encodeURIComponent(id)}/archive`} name={`${project.name || id}.zip`}>
            Download .zip
          </Download>
          <Button look="quiet" needs="run" onClick={() => fork(true)}>
            Fork
          </Button>
          <Button look="quiet" needs="admin" onClick={() => void remove(project)}>
            Remove
          </Button>
        </div>
      )}
      {forking && <Fork project={project} onClose={() => fork(false)} />}
    </header>
  );
}

function Doing({ project }: { project: Project }): JSX.Element {
  const { state, step, progress, queue_position, reason } = project;
  if (state === "running" || state === "queued") {
    const { done = null, total = null, remaining_s = null } = progress;
    return <p>{doing({ state, step, done, total, remaining_s, queue_position, reason })}</p>;
  }
  return (
    <p>
      Last changed <Time at={project.updated} />
      {leaving(project)}
      <Origin project={project} />
    </p>
  );
}

/** Where a copy comes from. */
function Origin({ project }: { project: Project }): JSX.Element | null {
  const { id, version } = (project.forked_from ?? {}) as { id?: string; version?: string };
  if (!id) return null;
  return (
    <>
      {" · a copy of "}
      <a href={to.project(id)}>another project</a>
      {version && `, ${version}`}
    </>
  );
}

/** That it will be removed by itself, once that is near. */
function leaving({ expires }: Project): string {
  if (!expires || Date.parse(expires.at) - Date.now() > SOON_MS) return "";
  return `. It is removed on ${new Date(expires.at).toLocaleString()}: ${expires.why}`;
}

async function remove(project: Project): Promise<void> {
  const text = "Its files, its versions and its conversation are deleted. This cannot be taken back; the .zip can be downloaded first.";
  if (!(await confirm(`Remove ${title(project)}?`, text, "Remove it"))) return;
  const params = { path: { id: project.id } };
  if (!(await attempt(() => need(api.DELETE("/api/projects/{id}", { params }))))) return;
  say(`${title(project)} was removed.`);
  go(to.board);
}

function Fork({ project, onClose }: { project: Project; onClose: () => void }): JSX.Element {
  const [name, set] = useState("");
  const [busy, setBusy] = useState(false);
  const make = async (): Promise<void> => {
    setBusy(true);
    await attempt(async () => {
      const body = name.trim() ? { name: name.trim() } : {};
      const made = await need(api.POST("/api/projects/{id}/fork", { params: { path: { id: project.id } }, body }));
      onClose();
      say("This is the copy.");
      go(to.project(made.id));
    });
    setBusy(false);
  };
  return (
    <Dialog title="Make a copy" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <p>A project of its own, with the files of the newest version. What is done to one does not change the other.</p>
        <Field label="What it is called" for="fork-name" hint="When nothing is said, it is named after this one.">
          <input id="fork-name" maxLength={80} value={name} onInput={(event) => set(event.currentTarget.value)} />
        </Field>
        <div class="actions">
          <Button onClick={onClose}>Not now</Button>
          <Button look="main" type="submit" needs="run" busy={busy}>
            Make a copy
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
