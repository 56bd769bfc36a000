/** @file The tree of a project's files: links to them, in folders that open and close. */

import { signal, type Signal } from "@preact/signals";
import type { JSX, TargetedKeyboardEvent } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { go, to } from "../../../router";
import { plural } from "../../../words";
import { isDrafted } from "./edit";
import { type FileEntry, foldersOf, moved, rowsOf, treeOf, type TreeRow } from "./tree";

/** With more files than these, folders are closed until they are opened. */
const FEW = 60;

/** Lines that are drawn; whoever opens more folders than these show has to close some. */
const MOST_ROWS = 1_500;

type Choices = ReadonlyMap<string, boolean>;

let kept: { id: string; choices: Signal<Choices> } | null = null;

/** Which folders were opened and closed in a project, for as long as no other is looked at. */
export function choicesOf(id: string): Signal<Choices> {
  if (kept?.id !== id) kept = { id, choices: signal(new Map()) };
  return kept.choices;
}

/** Opens the folders that a file is in. */
export function reveal(id: string, path: string): void {
  const choices = choicesOf(id);
  const shut = foldersOf(path).filter((folder) => choices.peek().get(folder) !== true);
  if (shut.length > 0) choices.value = new Map([...choices.peek(), ...shut.map((folder) => [folder, true] as const)]);
}

interface TreeProps {
  id: string;
  /** The file that is shown. */
  path: string;
  files: readonly FileEntry[];
  /** Whether these are what a search has found, so that all folders are open. */
  found: boolean;
}

/** The tree. */
export function FileTree({ id, path, files, found }: TreeProps): JSX.Element {
  const choices = choicesOf(id);
  const root = useMemo(() => treeOf(files), [files]);
  const all = rowsOf(root, (folder) => choices.value.get(folder) ?? (found || files.length <= FEW));
  const rows = all.slice(0, MOST_ROWS);
  const [active, setActive] = useState(path);
  const at = Math.max(0, rows.findIndex(({ node }) => node.path === active));
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    setActive(path);
    element.current?.querySelector("[aria-selected='true']")?.scrollIntoView({ block: "nearest" });
  }, [path]);

  const open = (folder: string, how: boolean): void => {
    choices.value = new Map(choices.peek()).set(folder, how);
  };
  const focus = (index: number): void => {
    setActive(rows[index]?.node.path ?? "");
    (element.current?.children[index] as HTMLElement | undefined)?.focus();
  };
  const act = ({ node, open: isOpen }: TreeRow): void => {
    setActive(node.path);
    if (node.file === null) open(node.path, !isOpen);
    else go(to.project(id, `files/${node.path}`));
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const row = rows[at];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const isAct = event.key === "Enter" || event.key === " ";
    const move = isAct ? null : moved(rows, at, event.key);
    if (!isAct && move === null) return;
    event.preventDefault();
    if (isAct) act(row);
    else if (move !== null && "to" in move) focus(move.to);
    else if (move !== null) open(row.node.path, move.open);
  };

  return (
    <>
      <div class="files-tree" role="tree" aria-label="Files" ref={element} onKeyDown={onKeyDown}>
        {rows.map((row, index) => (
          <Row key={row.node.path} id={id} row={row} chosen={row.node.path === path} active={index === at} act={() => act(row)} />
        ))}
      </div>
      {all.length > rows.length && <p class="files-note">{plural(all.length - rows.length, "more line")}: close some folders, or search.</p>}
    </>
  );
}

function Row(props: { id: string; row: TreeRow; chosen: boolean; active: boolean; act: () => void }): JSX.Element {
  const { id, row, chosen, active, act } = props;
  const { node, level } = row;
  const shared = {
    role: "treeitem" as const,
    tabIndex: active ? 0 : -1,
    class: "files-row",
    style: { "--level": String(level) },
    "aria-level": level,
    "aria-posinset": row.position,
    "aria-setsize": row.siblings,
    "aria-selected": chosen,
  };
  if (node.file === null) {
    return (
      <div {...shared} data-folder aria-expanded={row.open} onClick={act}>
        <span class="files-mark" aria-hidden="true" />
        <span class="files-name" title={node.name}>
          {node.name}
        </span>
      </div>
    );
  }
  return (
    <a {...shared} href={to.project(id, `files/${node.path}`)}>
      <span class="files-name" title={node.name}>
        {node.name}
        {isDrafted(id, node.path) && <span class="files-unsaved"> not saved</span>}
      </span>
    </a>
  );
}
