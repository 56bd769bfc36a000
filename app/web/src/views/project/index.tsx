/** @file A project: the conversation, and beside it what came of it. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../../api/client";
import type { Project } from "../../api/types";
import { place, to } from "../../router";
import { lazy } from "../../ui/lazy";
import { Empty, LinkButton, Loading, Tabs, Trouble } from "../../ui/parts";
import { Head } from "./head";
import { type Live, useProject } from "./live";
import { Log } from "./log";
import { Preview } from "./preview";
import "./project.css";
import { Talk } from "./talk";

const Files = lazy(async () => (await import("./files")).Files);
const ByHand = lazy(async () => (await import("./by-hand")).ByHand);
const Versions = lazy(async () => (await import("./versions")).Versions);

const NARROW = "(max-width: 900px)";
const PANES = ["preview", "files", "versions", "tools", "log"];
const TABS = [
  { name: "preview", title: "Preview" },
  { name: "files", title: "Files" },
  { name: "versions", title: "Versions" },
  { name: "tools", title: "Tools" },
  { name: "log", title: "Log" },
];

/** The view. */
export function ProjectView({ id }: { id: string }): JSX.Element {
  const live = useProject(id);
  const { project, conversation, error } = live;
  const missing = error instanceof Problem && error.status === 404;
  if (project === null && missing) return <Missing />;
  if (project === null && error !== null) return <Trouble error={error} again={live.look} />;
  if (project === null) return <Loading label="Loading the project" />;
  const gone = missing || conversation.ended !== null;
  return (
    <article class="project">
      <Head project={project} known={conversation.title} gone={gone} />
      {gone ? <Removed live={live} project={project} /> : <Panes live={live} project={project} />}
    </article>
  );
}

function Panes({ live, project }: { live: Live; project: Project }): JSX.Element {
  const narrow = useNarrow();
  const [first = "", ...rest] = place.value.rest.split("/");
  const pane = PANES.includes(first) ? first : narrow ? "talk" : "preview";
  const { id } = project;
  // An app that is shown once stays, with what was typed into it, while one looks at something else.
  const [shown, show] = useState(pane === "preview");
  useEffect(() => show((before) => before || pane === "preview"), [pane]);
  const tabs = [
    ...(narrow ? [{ name: "talk", title: "Talk", href: to.project(id) }] : []),
    ...TABS.map((tab) => ({ ...tab, href: to.project(id, tab.name === "preview" && !narrow ? "" : tab.name) })),
  ];
  return (
    <>
      {(!narrow || pane === "talk") && <Talk project={project} live={live} />}
      <div class="project-side">
        <Tabs label="What to look at" tabs={tabs} now={pane} />
        <div class="project-pane" hidden={pane === "talk"} data-pane={pane}>
          {(shown || pane === "preview") && (
            <div class="project-keep" hidden={pane !== "preview"}>
              <Preview project={project} connection={live.connection} look={live.look} />
            </div>
          )}
          {pane === "files" && <Files project={project} path={rest.join("/")} />}
          {pane === "versions" && <Versions project={project} version={rest.join("/")} />}
          {pane === "tools" && <ByHand project={project} tool={rest.join("/")} />}
          {pane === "log" && <Log id={id} />}
        </div>
      </div>
    </>
  );
}

function Removed({ live, project }: { live: Live; project: Project }): JSX.Element {
  return (
    <Empty title="This project is gone">
      <p>{live.conversation.ended || "It is not on this server any more."} Its files and versions were deleted with it.</p>
      <p>What was asked for last: {project.prompt}</p>
      <LinkButton look="main" href={to.make}>
        Make another one
      </LinkButton>
    </Empty>
  );
}

function Missing(): JSX.Element {
  return (
    <Empty title="There is no such project here">
      <p>It may have been removed, or be on another server. What there is stands on the board.</p>
      <LinkButton look="main" href={to.board}>
        Go to the board
      </LinkButton>
    </Empty>
  );
}

/** Whether there is room for one pane only. */
function useNarrow(): boolean {
  const [narrow, set] = useState(() => window.matchMedia(NARROW).matches);
  useEffect(() => {
    const query = window.matchMedia(NARROW);
    const onChange = (): void => set(query.matches);
    query.addEventListener("change", onChange);
    return () => query.removeEventListener("change", onChange);
  }, []);
  return narrow;
}
