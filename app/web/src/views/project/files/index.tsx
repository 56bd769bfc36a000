/** @file What a project is made of: a tree of its files, and the one that was chosen. */

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Project } from "../../../api/types";
import { to } from "../../../router";
import { useLoad } from "../../../ui/load";
import { Empty, Loading, Trouble } from "../../../ui/parts";
import { count, plural } from "../../../words";
import { type Listing, listed } from "./list";
import { isPassing } from "./passing";
import { useRevision } from "./revision";
import { ShownFile } from "./shown";
import { found } from "./tree";
import { FileTree, reveal } from "./treeview";
import "./files.css";

/** From so many files on there is a field to search for one. */
const MANY = 12;

/** The files of a project; `path` is the one that is shown, empty for none. */
export function Files({ project, path }: { project: Project; path: string }): JSX.Element {
  const { id } = project;
  const [all, setAll] = useState(false);
  const revision = useRevision(project);
  const [listing, again] = useLoad((signal) => listed(id, all, signal), [id, all, revision]);
  const side = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    reveal(id, path);
    // Where there is room for one of them only, what was pressed is gone: one goes on reading at the file.
    if (path && side.current?.offsetParent === null) document.getElementById("files-title")?.focus();
  }, [id, path]);
  const there = useRef<Listing | null>(null);
  if (listing.state === "there") there.current = listing.value;
  const entry = there.current?.files.find((file) => file.path === path);
  return (
    <div class="files-frame">
      <div class="files" data-chosen={path ? "" : undefined}>
        <nav class="files-side" aria-label="Files of the app" ref={side}>
          {listing.state === "loading" && <Loading label="Loading the files" />}
          {listing.state === "failed" && !(there.current && isPassing(listing.error)) && <Trouble error={listing.error} again={again} />}
          {there.current && <Side id={id} path={path} listing={there.current} />}
          <label class="files-all">
            <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} /> Also what tools made, such as
            packages
          </label>
        </nav>
        <section class="files-main" aria-labelledby={path ? "files-title" : undefined}>
          {path ? (
            <>
              <a class="files-back" href={to.project(id, "files")}>
                All files
              </a>
              <ShownFile key={`${id} ${path}`} id={id} path={path} entry={entry} revision={revision} />
            </>
          ) : (
            <Empty title="Choose a file">
              <p>What is in it is shown here. Each file has an address of its own, so that you can send a link to it.</p>
            </Empty>
          )}
        </section>
      </div>
    </div>
  );
}

function Side({ id, path, listing }: { id: string; path: string; listing: Listing }): JSX.Element {
  const [search, setSearch] = useState("");
  const { files, cut } = listing;
  const shown = useMemo(() => found(files, search), [files, search]);
  if (files.length === 0) {
    return <p class="files-note">There are no files yet. They come up here as soon as they are written.</p>;
  }
  return (
    <>
      {files.length > MANY && (
        <input
          type="search"
          aria-label="Search for a file"
          placeholder="Search for a file"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      <p class="files-note" role="status">
        {search.trim() ? `${count(shown.length)} of ${plural(files.length, "file")}` : plural(files.length, "file")}
        {cut && ": there are more than can be listed here. Download the project to have them all."}
      </p>
      {shown.length > 0 && <FileTree id={id} path={path} files={shown} found={search.trim() !== ""} />}
    </>
  );
}
