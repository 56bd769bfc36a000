/** @file One file: its source in colour, its picture, or its size and a way to save it. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Problem } from "../../../api/client";
import { Copy } from "../../../code/copy";
import { linesOf } from "../../../code/lines";
import { Source } from "../../../code/source";
import { to } from "../../../router";
import { Download } from "../../../ui/download";
import { Button, Empty, LinkButton, Loading, Time, Trouble } from "../../../ui/parts";
import { count, plural, size } from "../../../words";
import { addressOf, type Content, contentOf, known, MOST_TEXT } from "./content";
import { Edit, isDrafted } from "./edit";
import { isPassing } from "./passing";
import { type FileEntry, nameOf } from "./tree";

const MOST_LINES = 5_000;
const MOST_DRAWING = 500_000;

interface FileProps {
  id: string;
  path: string;
  /** What the list says of it; undefined when it is not in the list, such as what tools made. */
  entry: FileEntry | undefined;
  /** Asks for it again when this changes. */
  revision: number;
}

/** A file, with what can be done with it. */
export function ShownFile({ id, path, entry, revision }: FileProps): JSX.Element {
  const [content, error, again] = useContent(id, path, revision);
  const [asPicture, setAsPicture] = useState(true);
  const [editing, edit] = useState(() => isDrafted(id, path));
  const was = useRef(editing);
  useLayoutEffect(() => {
    if (was.current && !editing) document.getElementById("files-edit")?.focus();
    was.current = editing;
  }, [editing]);
  const drawing = drawingOf(content, path);
  const isText = content?.kind === "text" && !content.cut;
  return (
    <>
      <header class="files-head">
        <div>
          <h2 id="files-title" tabIndex={-1}>
            <Path path={path} />
          </h2>
          <p class="files-facts">{content !== null && <Facts content={content} entry={entry} />}</p>
        </div>
        <div class="files-actions" data-aside={editing ? "" : undefined}>
          {drawing !== null && (
            <Button aria-pressed={asPicture} onClick={() => setAsPicture(!asPicture)}>
              As a picture
            </Button>
          )}
          {isText && (
            <Button id="files-edit" needs="run" onClick={() => edit(true)}>
              Edit
            </Button>
          )}
          {isText && <Copy text={content.text} />}
          {!isGone(error) && (
            <Download href={addressOf(id, path)} name={nameOf(path)}>
              Download
            </Download>
          )}
        </div>
      </header>
      {error !== null && !(content && isPassing(error)) && <NotThere id={id} error={error} again={again} />}
      {content === null && error === null && <Loading label={`Loading ${path}`} />}
      {isText && editing && <Edit id={id} path={path} now={content.text} close={() => (edit(false), again())} />}
      {content !== null && !(isText && editing) && <Body path={path} content={content} drawing={asPicture ? drawing : null} />}
    </>
  );
}

function Body({ path, content, drawing }: { path: string; content: Content; drawing: string | null }): JSX.Element {
  if (content.kind === "picture") return <Picture path={path} picture={content.picture} />;
  if (content.kind === "other") {
    return (
      <Empty title="This file is no text and no picture">
        <p>It has {size(content.size)}. Download it to open it with a program that knows it.</p>
      </Empty>
    );
  }
  if (drawing !== null) return <Picture path={path} picture={drawing} />;
  return <Text path={path} content={content} />;
}

function Text({ path, content }: { path: string; content: Content & { kind: "text" } }): JSX.Element {
  const { lines, cut } = useMemo(() => linesOf(content.text, MOST_LINES), [content.text]);
  if (lines.length === 0) return <Empty title="This file is empty" />;
  return (
    <>
      {(cut || content.cut) && (
        <p class="files-cut" role="note">
          {cut ? `These are its first ${count(MOST_LINES)} lines.` : `This is its first ${size(MOST_TEXT)}.`} Download it to see the rest.
        </p>
      )}
      <Source lines={lines} path={path} label={`What is in ${path}`} />
    </>
  );
}

function Picture({ path, picture }: { path: string; picture: Blob | string }): JSX.Element {
  const [facts, set] = useState("");
  const address = useAddress(picture);
  return (
    <figure class="files-picture">
      {address && (
        <img
          src={address}
          alt={nameOf(path)}
          onLoad={({ currentTarget }) => set(typeof picture === "string" ? "" : `${currentTarget.naturalWidth} × ${currentTarget.naturalHeight} pixels`)}
          onError={() => set("The browser cannot show this picture. Download it to open it with another program.")}
        />
      )}
      <figcaption>{facts}</figcaption>
    </figure>
  );
}

/** An address for a picture that the page has, for as long as it is drawn. */
function useAddress(picture: Blob | string): string {
  const [address, set] = useState("");
  useEffect(() => {
    if (typeof picture === "string") return set(picture);
    const made = URL.createObjectURL(picture);
    set(made);
    return () => URL.revokeObjectURL(made);
  }, [picture]);
  return address;
}

/**
 * A drawing in SVG, which comes as text, as an address that an image can have. It is of no origin: opened by itself, its
 * scripts could not reach this page, as those of a Blob's address could.
 */
function drawingOf(content: Content | null, path: string): string | null {
  if (content?.kind !== "text" || content.cut || content.text.length > MOST_DRAWING || !/\.svg$/i.test(path)) return null;
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(content.text)}`;
}

function Path({ path }: { path: string }): JSX.Element {
  const name = nameOf(path);
  return (
    <>
      <span class="files-folder">{path.slice(0, path.length - name.length)}</span>
      {name}
    </>
  );
}

function Facts({ content, entry }: { content: Content; entry: FileEntry | undefined }): JSX.Element {
  const lines = content.kind === "text" && !content.cut ? linesOf(content.text).lines.length : null;
  return (
    <>
      {size(content.size)}
      {lines !== null && ` · ${plural(lines, "line")}`}
      {entry?.executable && " · a program"}
      {entry && (
        <>
          {" · changed "}
          <Time at={entry.modified} />
        </>
      )}
    </>
  );
}

function NotThere({ id, error, again }: { id: string; error: unknown; again: () => void }): JSX.Element {
  if (!isGone(error)) return <Trouble error={error} again={again} />;
  return (
    <Empty title="There is no such file">
      <p>It may have been renamed or removed since the link was made. A version from before may still have it.</p>
      <LinkButton href={to.project(id, "versions")}>Look at the versions</LinkButton>
    </Empty>
  );
}

/** A file's content, at once if it was shown lately; what there was stays until there is something newer. */
function useContent(id: string, path: string, revision: number): [Content | null, unknown, () => void] {
  const [content, set] = useState(() => known(id, path));
  const [error, fail] = useState<unknown>(null);
  const [turn, again] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    const unless = (act: () => void): void => {
      if (!controller.signal.aborted) act();
    };
    contentOf(id, path, controller.signal).then(
      (now) => unless(() => (set(now), fail(null))),
      (problem: unknown) => unless(() => (fail(problem), isGone(problem) && set(null))),
    );
    return () => controller.abort();
  }, [id, path, revision, turn]);
  return [content, error, () => again((before) => before + 1)];
}

function isGone(problem: unknown): boolean {
  return problem instanceof Problem && problem.status === 404;
}
