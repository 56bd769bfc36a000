/** @file What a project was after each change, what has changed, and the way back. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Project } from "../../../api/types";
import { go, place, to } from "../../../router";
import { Button, Empty, Loading, Time, Trouble } from "../../../ui/parts";
import { count, plural, size, stage } from "../../../words";
import { isPassing } from "../files/passing";
import { useRevision } from "../files/revision";
import { Actions } from "./actions";
import { Diff, First } from "./diff";
import { type Known, useVersion, useVersions } from "./known";
import type { Version } from "./list";
import "./versions.css";

/** The versions of a project; `version` is the one that is looked at, empty for the newest. */
export function Versions({ project, version }: { project: Project; version: string }): JSX.Element {
  const { id } = project;
  const known = useVersions(id, useRevision(project));
  const side = useRef<HTMLElement>(null);
  // Who reads what has changed goes on reading it when there is a newer one: that comes up in the list.
  const first = useRef<string | undefined>(undefined);
  first.current ??= known.versions?.versions[0]?.id;
  useLayoutEffect(() => {
    // Where there is room for one of them only, what was pressed is gone: one goes on reading at the version.
    if (version && side.current?.offsetParent === null) document.getElementById("versions-title")?.focus();
  }, [id, version]);
  if (known.versions === null) return known.error === null ? <Loading label="Loading the versions" /> : <Trouble error={known.error} again={known.again} />;
  const shown = version || first.current;
  if (shown === undefined) {
    return (
      <Empty title="There are no versions yet">
        <p>Each change to the files leaves one, so that nothing is lost and any of them can be restored.</p>
      </Empty>
    );
  }
  return (
    <div class="versions-frame">
      <div class="versions" data-chosen={version ? "" : undefined}>
        <nav class="versions-side" aria-label="Versions" ref={side}>
          {known.error !== null && !isPassing(known.error) && <Trouble error={known.error} again={known.again} />}
          <List id={id} known={known} shown={shown} latest={project.versions.latest ?? undefined} />
        </nav>
        <section class="versions-main" aria-labelledby="versions-title">
          <a class="versions-back" href={to.project(id, "versions")}>
            All versions
          </a>
          <Shown key={`${id} ${shown}`} project={project} version={shown} known={known.versions.versions} />
        </section>
      </div>
    </div>
  );
}

/** The list; what is looked at is brought into what is seen of it. */
function List({ id, known, shown, latest }: { id: string; known: Known; shown: string; latest: string | undefined }): JSX.Element {
  const [busy, setBusy] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" }), [shown]);
  const older = async (): Promise<void> => {
    setBusy(true);
    await known.older();
    setBusy(false);
  };
  return (
    <>
      <ol class="versions-list" ref={list}>
        {known.versions?.versions.map((one) => (
          <li key={one.id}>
            <a class="versions-row" href={to.project(id, `versions/${one.id}`)} aria-current={one.id === shown ? "true" : undefined}>
              <span class="versions-label">{one.label || one.id}</span>
              <span class="versions-facts">
                {one.id}
                {one.id === latest && ", the newest"} · <Time at={one.time} /> · {changed(one)}
              </span>
            </a>
          </li>
        ))}
      </ol>
      {known.versions?.next && (
        <Button busy={busy} onClick={() => void older()}>
          Show older
        </Button>
      )}
    </>
  );
}

function Shown({ project, version, known }: { project: Project; version: string; known: readonly Version[] }): JSX.Element {
  const { id } = project;
  const one = useVersion(id, version, known);
  const from = place.value.query.get("from") ?? "";
  if (one === null) return <Missing version={version} />;
  return (
    <>
      <header class="versions-head">
        <div>
          <h2 id="versions-title" tabIndex={-1}>
            {version}
            {one?.label && `: ${one.label}`}
          </h2>
          <p class="versions-facts">{one && facts(one)}</p>
        </div>
        <Actions project={project} version={version} />
      </header>
      {one && one.notes.length > 0 && <Notes notes={one.notes} />}
      <Against id={id} version={version} from={from} known={known} />
      {one && !one.parent && from === "" ? <First /> : <Diff key={from} id={id} version={version} from={from} />}
    </>
  );
}

function Missing({ version }: { version: string }): JSX.Element {
  return (
    <Empty title={`There is no version ${version}`}>
      <p id="versions-title" tabIndex={-1}>
        The link may have been cut when it was copied. The oldest versions are removed when there are very many.
      </p>
    </Empty>
  );
}

function Notes({ notes }: { notes: readonly string[] }): JSX.Element {
  return (
    <div class="versions-notes">
      <p>Not all is in this version:</p>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </div>
  );
}

/** Chooses what a version is compared with; that is part of the address. */
function Against({ id, version, from, known }: { id: string; version: string; from: string; known: readonly Version[] }): JSX.Element {
  const address = to.project(id, `versions/${version}`);
  const others = known.filter((one) => one.id !== version);
  const isKnown = from === "" || others.some((one) => one.id === from);
  return (
    <div class="versions-against">
      <label for="versions-from">Compared with</label>
      <select
        id="versions-from"
        value={from}
        onChange={({ currentTarget: { value } }) => go(value ? `${address}?from=${encodeURIComponent(value)}` : address)}
      >
        <option value="">the version before it</option>
        {!isKnown && <option value={from}>{from}</option>}
        {others.map((one) => (
          <option key={one.id} value={one.id}>
            {one.id}
            {one.label && `: ${one.label}`}
          </option>
        ))}
      </select>
    </div>
  );
}

/** As "2 added, 1 changed". */
function changed({ changed: { added, modified, removed } }: Version): string {
  const parts = [
    added > 0 && `${count(added)} added`,
    modified > 0 && `${count(modified)} changed`,
    removed > 0 && `${count(removed)} removed`,
  ].filter(Boolean);
  return parts.join(", ") || "nothing changed";
}

function facts(one: Version): JSX.Element {
  return (
    <>
      <Time at={one.time} /> · {stage(one.cause.replace(":", " "))} · {changed(one)} · {plural(one.files, "file")}, {size(one.bytes)} in all
    </>
  );
}
