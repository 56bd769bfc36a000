/** @file The head of a build: what was asked for, how far it is, and what can be done with it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { send } from "../../api/client";
import { type Build, isFinal } from "../../api/types";
import { go, to } from "../../router";
import { Button, Progress, State } from "../../ui/parts";
import { attempt } from "../../ui/toasts";
import { doing } from "../../words";
import { againWord, cancel, remove } from "../board/actions";
import { rowOfBuild } from "../board/older";
import { Phases } from "./facts";
import type { Live } from "./live";

const TITLE = 120;

/** Draws it. */
export function Head({ build, live }: { build: Build; live: Live }): JSX.Element {
  const row = rowOfBuild(build);
  const prompt = build.prompt.trim();
  const title = prompt.split("\n", 1)[0] ?? "";
  const long = title !== prompt || title.length > TITLE;
  const now = doing(row);
  return (
    <header class="build-head">
      <div class="build-title">
        <h1>{title.length > TITLE ? `${title.slice(0, TITLE)}…` : title}</h1>
        <Actions build={build} live={live} />
      </div>
      {long && (
        <details>
          <summary>All of the prompt</summary>
          <p class="build-prompt">{prompt}</p>
        </details>
      )}
      <p class="build-now" role="status">
        <State state={build.state} /> <span>{now}</span>
      </p>
      {build.delivery.trouble && build.delivery.waiting > 0 && <p class="build-trouble">The orchestrator is not told at the moment: {build.delivery.trouble}</p>}
      <Phases build={build} />
      <div class="build-bar">{!isFinal(build.state) && <Progress percent={build.percent} label="Progress of the build" />}</div>
    </header>
  );
}

function Actions({ build, live }: { build: Build; live: Live }): JSX.Element {
  const [busy, set] = useState(false);
  const row = rowOfBuild(build);
  const during = (work: () => Promise<unknown>) => async () => {
    set(true);
    await work();
    set(false);
  };
  const stop = during(async () => {
    await cancel(row);
    await live.ask();
  });
  const takeAway = during(async () => {
    if (await remove(row)) go(to.board);
  });
  const word = againWord(row);
  return (
    <div class="build-do">
      {!isFinal(build.state) && (
        <Button needs="run" busy={busy} onClick={stop}>
          Cancel
        </Button>
      )}
      {word && (
        <Button needs="run" busy={busy} onClick={during(() => retry(row.href))}>
          {word}
        </Button>
      )}
      {isFinal(build.state) && (
        <Button look="danger" needs="admin" busy={busy} onClick={takeAway}>
          Remove
        </Button>
      )}
    </div>
  );
}

/** Has it built again, and goes to where that can be seen. */
function retry(href: string): Promise<boolean> {
  return attempt(async () => {
    const started = (await (await send(`${href}/retry`, { method: "POST" })).json()) as { runId: string };
    go(to.build(started.runId));
  });
}
