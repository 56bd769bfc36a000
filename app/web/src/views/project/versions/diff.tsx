/** @file What has changed from one version to another: by file, and in each line by line. */

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { api, need, Problem } from "../../../api/client";
import type { components } from "../../../api/schema";
import { to } from "../../../router";
import { useLoad } from "../../../ui/load";
import { Button, Empty, Loading, Trouble } from "../../../ui/parts";
import { count, plural, size } from "../../../words";
import { type DiffLine, type Hunk, hunksOf } from "./unified";

type Change = components["schemas"]["FileChangeModel"];

/** Files are open from the first one until these lines are reached: what is long is closed until it is wanted. */
const OPEN_LINES = 600;

const CHANGES: Record<Change["change"], string> = { added: "Added", removed: "Removed", modified: "Changed", mode: "Mode" };
const SIGNS: Record<DiffLine["kind"], string> = { same: " ", added: "+", removed: "−", note: "" };

/** The difference to a version from the one before, or from `from`. */
export function Diff({ id, version, from }: { id: string; version: string; from: string }): JSX.Element {
  const [loaded, again] = useLoad(
    (signal) =>
      need(
        api.GET("/api/projects/{id}/versions/{version}/diff", {
          params: { path: { id, version }, query: from ? { from } : {} },
          signal,
        }),
      ),
    [id, version, from],
  );
  const files = loaded.state === "there" ? loaded.value.files : null;
  const open = useMemo(() => openAtFirst(files ?? []), [files]);
  const [choices, choose] = useState<ReadonlyMap<string, boolean>>(new Map());
  useEffect(() => choose(new Map()), [files]);
  if (loaded.state === "loading") return <Loading label="Comparing the versions" />;
  if (loaded.state === "failed") return <NotCompared error={loaded.error} again={again} />;
  const { total, cut } = loaded.value;
  const { files: changes } = loaded.value;
  if (changes.length === 0) {
    return (
      <Empty title="Nothing differs">
        <p>The files of {loaded.value.to} are those of {loaded.value.from}.</p>
      </Empty>
    );
  }
  const isOpen = (path: string): boolean => choices.get(path) ?? open.has(path);
  const areOpen = changes.every(({ path }) => isOpen(path));
  return (
    <>
      <div class="versions-sum">
        <p>
          {plural(total, "file")} changed since {loaded.value.from}
          {cut && `; the first ${count(changes.length)} are listed`}
        </p>
        {changes.length > 1 && (
          <Button look="quiet" onClick={() => choose(new Map(changes.map(({ path }) => [path, !areOpen])))}>
            {areOpen ? "Close all" : "Open all"}
          </Button>
        )}
      </div>
      {changes.map((change) => (
        <ChangedFile
          key={change.path}
          id={id}
          change={change}
          open={isOpen(change.path)}
          toggle={() => choose(new Map(choices).set(change.path, !isOpen(change.path)))}
        />
      ))}
    </>
  );
}

/** The files that are open before somebody has said anything. */
function openAtFirst(changes: readonly Change[]): ReadonlySet<string> {
  const open = new Set<string>();
  let lines = 0;
  for (const { path, text } of changes) {
    lines += text.split("\n").length;
    if (lines <= OPEN_LINES) open.add(path);
  }
  return open;
}

function ChangedFile(props: { id: string; change: Change; open: boolean; toggle: () => void }): JSX.Element {
  const { id, change, open, toggle } = props;
  return (
    <section class="diff">
      <h3>
        <button type="button" class="diff-head" aria-expanded={open} onClick={toggle}>
          <span class="diff-mark" aria-hidden="true" />
          <span class="diff-path">{change.path}</span>
          <span class="diff-change" data-change={change.change}>
            {CHANGES[change.change]}
          </span>
          <Counts change={change} />
        </button>
      </h3>
      {open && <Changes id={id} change={change} />}
    </section>
  );
}

function Counts({ change }: { change: Change }): JSX.Element | null {
  const { lines_added: added, lines_removed: removed } = change;
  if (added === null || added === undefined || removed === null || removed === undefined) return null;
  return (
    <span class="diff-counts">
      <span data-kind="added">
        +{count(added)} <span class="unseen">{added === 1 ? "line" : "lines"} added</span>
      </span>
      <span data-kind="removed">
        −{count(removed)} <span class="unseen">{removed === 1 ? "line" : "lines"} removed</span>
      </span>
    </span>
  );
}

function Changes({ id, change }: { id: string; change: Change }): JSX.Element {
  const hunks = useMemo(() => hunksOf(change.text), [change.text]);
  const said = inWords(change);
  return (
    <div class="diff-body">
      {said && <p class="diff-said">{said}</p>}
      {hunks.length > 0 && (
        <div class="diff-scroll" role="region" tabIndex={0} aria-label={`What has changed in ${change.path}`}>
          <div class="diff-lines">
            {hunks.map((hunk, index) => (
              <HunkLines key={index} hunk={hunk} />
            ))}
          </div>
        </div>
      )}
      {change.cut && (
        <p class="diff-said">
          {hunks.length > 0 ? "There is more than is shown." : "It is too large to be compared line by line."}{" "}
          {change.change !== "removed" && <a href={to.project(id, `files/${change.path}`)}>Look at the file as it is now</a>}
        </p>
      )}
    </div>
  );
}

/** What is to be said of a change beside its lines; empty when they say it all. */
function inWords(change: Change): string {
  const { kind, binary, text, cut, executable } = change;
  if (change.change === "mode") return executable ? "It can be run as a program now." : "It cannot be run as a program any more.";
  if (kind === "directory") return "A folder with nothing in it.";
  if (kind === "too-large") return "It is too large to be kept in versions.";
  if (binary) return `It is no text. ${sizes(change)}`;
  return text === "" && !cut ? `There are no lines to compare. ${sizes(change)}` : "";
}

function sizes({ old_size: old, new_size: now }: Change): string {
  const had = typeof old === "number" ? `It had ${size(old)} before. ` : "";
  return had + (typeof now === "number" ? `It has ${size(now)} in this version.` : "");
}

function HunkLines({ hunk }: { hunk: Hunk }): JSX.Element {
  return (
    <>
      <div class="diff-hunk">From line {count(Math.max(1, hunk.after))}</div>
      {hunk.lines.map((line, index) => (
        <div key={index} class="diff-line" data-kind={line.kind}>
          <span class="diff-number">{line.before}</span>
          <span class="diff-number">{line.after}</span>
          <span class="diff-sign">{SIGNS[line.kind]}</span>
          <LineText line={line} />
        </div>
      ))}
    </>
  );
}

function LineText({ line }: { line: DiffLine }): JSX.Element {
  const { text, part } = line;
  const inside =
    part === null || part[0] === part[1] ? (
      text
    ) : (
      <>
        {text.slice(0, part[0])}
        <span class="diff-part">{text.slice(...part)}</span>
        {text.slice(part[1])}
      </>
    );
  if (line.kind === "added") return <ins>{inside}</ins>;
  if (line.kind === "removed") return <del>{inside}</del>;
  return <span>{inside}</span>;
}

function NotCompared({ error, again }: { error: unknown; again: () => void }): JSX.Element {
  if (!(error instanceof Problem && [404, 409].includes(error.status))) return <Trouble error={error} again={again} />;
  return error.status === 409 ? (
    <First />
  ) : (
    <Empty title="There is no such version">
      <p>The one that this is compared with may have been removed: choose another one above.</p>
    </Empty>
  );
}

/** What is there in place of a difference to nothing. */
export function First(): JSX.Element {
  return (
    <Empty title="There is no version before this one">
      <p>So all of it was new. Choose another version above to compare the two.</p>
    </Empty>
  );
}
