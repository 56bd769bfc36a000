/** @file The app, in a page of this server that frames it on an origin of its own. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, need } from "../../api/client";
import { isFinal, type Project } from "../../api/types";
import type { Connection } from "../../live/socket";
import { openTab } from "../../ui/download";
import { useKeys } from "../../ui/keys";
import { Button, Empty, LinkButton } from "../../ui/parts";
import { attempt } from "../../ui/toasts";
import { Log } from "./log";

const TAIL_LINES = 12;
const WIDTHS = [
  { name: "phone", title: "Phone", means: "390 pixels wide" },
  { name: "tablet", title: "Tablet", means: "768 pixels wide" },
  { name: "full", title: "Full", means: "As wide as there is room" },
] as const;
const STATES: Record<string, string> = { starting: "Starting", running: "Running", stopped: "Stopped", crashed: "Crashed" };

/** The pane with the app, its width, its state, and what it prints. */
export function Preview(props: { project: Project; connection: Connection; look: () => void }): JSX.Element {
  const { project, connection, look } = props;
  const [width, setWidth] = useState<string>("full");
  const [turn, again] = useState(0);
  const [logged, setLogged] = useState(false);
  const [there, setThere] = useState(false);
  const frame = useRef<HTMLIFrameElement>(null);
  const reload = (): void => again((before) => before + 1);
  useKeys([{ key: "r", does: "Load the app again", act: reload }]);
  // Once it was there it stays: what comes and goes after that, its own page tells.
  const first = project.preview.state === "stopped" && !isFinal(project.state) && project.run <= 1;
  useEffect(() => setThere((before) => before || !first), [first]);
  useEffect(() => {
    // While the server was away the browser may have put an error page in the place of ours.
    if (connection === "live" && frame.current && !isOurs(frame.current)) reload();
  }, [connection]);
  const address = `/api/projects/${encodeURIComponent(project.id)}/preview`;
  return (
    <div class="project-preview">
      <div class="project-tools-bar">
        <p class="project-running" data-state={project.preview.state}>
          {STATES[project.preview.state] ?? project.preview.state}
        </p>
        <Widths width={width} choose={setWidth} />
        <Button look="quiet" onClick={reload}>
          Reload
        </Button>
        <LinkButton look="quiet" href={address} target="_blank" rel="noopener" onClick={(event) => openTab(event, address)}>
          Open <span class="project-wide">in a tab</span>
        </LinkButton>
        <Commands project={project} look={look} none={first} />
      </div>
      <div class="project-stage" data-width={width}>
        {there || !first ? (
          <iframe key={turn} ref={frame} src={`${address}?embed`} title="The app" />
        ) : (
          <Empty title="The app is being made">
            <p>It is shown here as soon as it runs. You can watch the files come meanwhile, or just wait.</p>
          </Empty>
        )}
      </div>
      <details class="project-tail" onToggle={(event) => setLogged(event.currentTarget.open)}>
        <summary>What it prints</summary>
        {logged && <Log id={project.id} tail={TAIL_LINES} />}
      </details>
    </div>
  );
}

/** Whether a frame shows a page of this server; that of another origin has no document for us. */
function isOurs(frame: HTMLIFrameElement): boolean {
  try {
    return frame.contentDocument?.location.host === window.location.host || frame.contentDocument?.URL === "about:blank";
  } catch {
    return false;
  }
}

function Widths({ width, choose }: { width: string; choose: (name: string) => void }): JSX.Element {
  return (
    <div class="project-widths" role="group" aria-label="Width of the app">
      {WIDTHS.map(({ name, title, means }) => (
        <button key={name} type="button" title={means} aria-pressed={width === name} onClick={() => choose(name)}>
          {title}
        </button>
      ))}
    </div>
  );
}

/** Starts and stops it; not while there is nothing yet, which would be in the generator's way. */
function Commands({ project, look, none }: { project: Project; look: () => void; none: boolean }): JSX.Element {
  const [busy, set] = useState("");
  const { state } = project.preview;
  const up = state === "running" || state === "starting";
  const tell = async (what: "start" | "stop" | "restart"): Promise<void> => {
    set(what);
    const params = { path: { id: project.id } };
    await attempt(() => {
      if (what === "start") return need(api.POST("/api/projects/{id}/preview/start", { params }));
      if (what === "stop") return need(api.POST("/api/projects/{id}/preview/stop", { params }));
      return need(api.POST("/api/projects/{id}/preview/restart", { params }));
    });
    set("");
    look();
  };
  return (
    <>
      <Button look="quiet" needs="run" busy={busy !== ""} disabled={none} onClick={() => void tell(up ? "stop" : "start")}>
        {up ? "Stop" : "Start"}
      </Button>
      <Button look="quiet" needs="run" busy={busy !== ""} disabled={state === "stopped"} onClick={() => void tell("restart")}>
        Restart
      </Button>
    </>
  );
}
