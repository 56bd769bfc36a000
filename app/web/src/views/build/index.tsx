/** @file A build: what it says to the orchestrator, what became of that, and the app. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Problem } from "../../api/client";
import { to } from "../../router";
import { Empty, LinkButton, Loading, Trouble } from "../../ui/parts";
import { App } from "./app";
import "./build.css";
import { Delivery, Facts } from "./facts";
import { Head } from "./head";
import { useBuild } from "./live";
import { Log } from "./log";

/** The view. */
export function BuildView({ id }: { id: string }): JSX.Element {
  const live = useBuild(id);
  const build = live.build.value;
  const error = live.error.value;
  useEffect(() => {
    document.title = `Build ${id} · Callboard`;
  }, [id]);
  if (error instanceof Problem && error.status === 404) return <Gone />;
  if (build === null) return error === null ? <Loading label="Loading the build" /> : <Trouble error={error} again={() => void live.ask()} />;
  return (
    <div class="build">
      <Head build={build} live={live} />
      <div class="build-columns">
        <Log live={live} />
        <App build={build} />
      </div>
      <div class="build-columns">
        <Delivery build={build} />
        <Facts build={build} />
      </div>
    </div>
  );
}

function Gone(): JSX.Element {
  return (
    <Empty title="There is no such build">
      <p>It was removed, or the link is not complete. Its workspace is still where it was.</p>
      <LinkButton look="main" href={to.board}>
        Go to the board
      </LinkButton>
    </Empty>
  );
}
