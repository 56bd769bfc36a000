/** @file The server: whether it can work, what it has, what is missing, and what to do about that. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { at } from "../../base";
import { MAY, me } from "../../rights";
import { signOut, token } from "../../session";
import { Download, openTab } from "../../ui/download";
import { Button, LinkButton, Loading, Trouble } from "../../ui/parts";
import { count, size } from "../../words";
import { Makers } from "./makers";
import { makers, type State, type Titles, useReady } from "./ready";
import { SandboxPanel } from "./sandbox";
import "./server.css";
import { UsePanel } from "./use";

const LITTLE_DISK = 2_000_000_000;

/** The view. */
export function ServerView(): JSX.Element {
  const { state, titles, error, ask } = useReady();
  useEffect(() => {
    document.title = "Server · Callboard";
  }, []);
  return (
    <div class="server">
      <header class="server-head">
        <div>
          <h1>Server</h1>
          <Me />
        </div>
        <Links />
      </header>
      {state.value === null ? (
        error.value === null ? <Loading label="Asking the server" /> : <Trouble error={error.value} again={ask} />
      ) : (
        <Panels state={state.value} titles={titles.value} />
      )}
    </div>
  );
}

function Panels({ state, titles }: { state: State; titles: Titles }): JSX.Element {
  return (
    <>
      <Readiness state={state} />
      <div class="server-panels">
        <UsePanel state={state} />
        <About state={state} />
        <SandboxPanel sandbox={state.sandbox} />
        <Makers title="Engines" about="They make 3D models from photos." list={makers(state.engines, state.default_engine, titles)} />
        <Makers title="Generators" about="They make apps from prompts." list={makers(state.generators, state.default_generator, titles)} />
        <Makers title="Pipelines" about="They make the apps of an orchestrator's builds." list={makers(state.pipelines, state.default_pipeline, titles)} />
      </div>
    </>
  );
}

function Readiness({ state }: { state: State }): JSX.Element {
  return (
    <p class="server-ready" data-ready={state.ready ? "" : undefined} role="status">
      <strong>{state.ready ? "Ready to work" : "It cannot work at the moment"}</strong>
      <span>{state.ready ? "The server takes jobs, builds and apps." : state.reason}</span>
    </p>
  );
}

function About({ state }: { state: State }): JSX.Element {
  const little = state.disk_free < LITTLE_DISK;
  return (
    <section class="panel server-about" aria-labelledby="server-about">
      <h2 id="server-about">This server</h2>
      <dl>
        <div>
          <dt>Version</dt>
          <dd>{state.version}</dd>
        </div>
        <div>
          <dt>Disk free</dt>
          <dd class={little ? "server-little" : ""}>{size(state.disk_free)}</dd>
        </div>
        <div>
          <dt>Journal</dt>
          <dd>{state.journal === "memory" ? "In memory: all is forgotten when the server ends" : "On disk: all is there again after a restart"}</dd>
        </div>
        <div>
          <dt>Live</dt>
          <dd>{count(state.streams)} that can be followed</dd>
        </div>
        <div>
          <dt>Orchestrator</dt>
          <dd>
            <code>{state.orchestrator}</code>
          </dd>
        </div>
        <div>
          <dt>Workspaces</dt>
          <dd>
            <code>{state.workspaces}</code>
          </dd>
        </div>
      </dl>
      {little && <p class="server-warn">There is little room on the disk. Remove what is no longer needed, from the board.</p>}
    </section>
  );
}

/** Who one is to the server; said only where a token says so. */
function Me(): JSX.Element | null {
  if (me.value === null || me.value.name === null) return null;
  const { name, scope, expires } = me.value;
  return (
    <p class="server-soft">
      Your token, {name}, may {MAY[scope]}
      {expires && (
        <>
          ; it ends on <time dateTime={expires}>{new Date(expires).toLocaleDateString()}</time>
        </>
      )}
      .
    </p>
  );
}

function Links(): JSX.Element {
  return (
    <div class="server-links">
      <LinkButton href={at("/docs")} target="_blank" rel="noopener" onClick={(event) => openTab(event, at("/docs"))}>
        API as a page
      </LinkButton>
      <Download href={at("/openapi.json")} name="openapi.json">
        openapi.json
      </Download>
      {token.value && (
        <Button onClick={signOut}>Sign out</Button>
      )}
    </div>
  );
}
