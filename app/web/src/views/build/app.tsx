/** @file The app that was built, in a frame of a page of ours, which frames the app in turn: it runs on an origin of its own. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Build, isFinal } from "../../api/types";
import { at } from "../../base";
import { openTab } from "../../ui/download";
import { Button, LinkButton } from "../../ui/parts";
import { isStarted } from "./messages";

/** The app, or why it is not there. */
export function App({ build }: { build: Build }): JSX.Element {
  const [turn, again] = useState(0);
  const page = at(`/api/builds/${encodeURIComponent(build.id)}/view`);
  const started = isStarted(build);
  return (
    <section class="build-app" aria-label="The app">
      <header>
        <h2>The app</h2>
        {started && (
          <div class="build-do">
            <Button look="quiet" onClick={() => again(turn + 1)}>
              Reload
            </Button>
            <LinkButton look="quiet" href={page} target="_blank" rel="noopener" onClick={(event) => openTab(event, page)}>
              Open in a tab
            </LinkButton>
          </div>
        )}
      </header>
      {started ? (
        <iframe key={turn} title="The app that was built" src={`${page}?embed`} referrerpolicy="no-referrer" />
      ) : (
        <div class="build-blank">
          <p>{isFinal(build.state) ? "This build has ended without an app that runs." : "The app is shown here as soon as it was started."}</p>
        </div>
      )}
    </section>
  );
}
