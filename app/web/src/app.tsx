/** @file The page's frame: what is around every view. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { at } from "./base";
import { go, type Place, place, to } from "./router";
import { refused, signIns } from "./session";
import { Away } from "./ui/away";
import { Questions } from "./ui/dialog";
import { Help } from "./ui/help";
import { useKeys } from "./ui/keys";
import { lazy } from "./ui/lazy";
import { Empty, LinkButton } from "./ui/parts";
import { SignIn } from "./ui/signin";
import { Toasts } from "./ui/toasts";
import { Board } from "./views/board";

const New = lazy(async () => (await import("./views/new")).New);
const JobView = lazy(async () => (await import("./views/job")).JobView);
const ProjectView = lazy(async () => (await import("./views/project")).ProjectView);
const BuildView = lazy(async () => (await import("./views/build")).BuildView);
const ServerView = lazy(async () => (await import("./views/server")).ServerView);

const TITLES: Record<Place["view"], string> = {
  ...{ board: "Board", new: "New", jobs: "3D model", projects: "App", builds: "Build", server: "Server", unknown: "Nothing here" },
};

const helping = signal(false);

/** Everything. */
export function App(): JSX.Element {
  useKeys([
    { key: "?", does: "Show these keys", act: () => (helping.value = true) },
    { key: "b", does: "Go to the board", act: () => go(to.board) },
    { key: "n", does: "Start something new", act: () => go(to.make) },
    { key: "s", does: "Look at the server", act: () => go(to.server) },
  ]);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Top />
      <Main />
      <Away />
      <Toasts />
      <Questions />
      {refused.value && <SignIn />}
      {helping.value && <Help onClose={() => (helping.value = false)} />}
    </>
  );
}

function Top(): JSX.Element {
  const { view } = place.value;
  const links = [
    { href: to.board, title: "Board", here: view === "board" },
    { href: to.make, title: "New", here: view === "new" },
    { href: to.server, title: "Server", here: view === "server" },
  ];
  return (
    <header class="top">
      <a class="brand" href={to.board}>
        <img src={at("/assets/icon.svg")} alt="" width={28} height={28} />
        Callboard
      </a>
      <nav aria-label="Views">
        {links.map((link) => (
          <a key={link.href} href={link.href} aria-current={link.here ? "page" : undefined}>
            {link.title}
          </a>
        ))}
      </nav>
    </header>
  );
}

function Main(): JSX.Element {
  const { view, id } = place.value;
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // Before the view itself, which may know a better one.
  useLayoutEffect(() => {
    document.title = `${TITLES[view]} · Callboard`;
  }, [view, id]);
  useLayoutEffect(() => {
    // A screen reader begins to read where one has come to; not when the page is opened.
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [view, id]);
  return (
    <main id="main" ref={main} tabIndex={-1} data-view={view}>
      {/* What was refused is asked for again, by views that begin anew. */}
      <View key={signIns.value} />
    </main>
  );
}

function View(): JSX.Element {
  const { view, id } = place.value;
  if (view === "board") return <Board />;
  if (view === "new") return <New />;
  if (view === "server") return <ServerView />;
  if (view === "jobs" && id) return <JobView key={id} id={id} />;
  if (view === "projects" && id) return <ProjectView key={id} id={id} />;
  if (view === "builds" && id) return <BuildView key={id} id={id} />;
  return (
    <Empty title="There is nothing at this address">
      <p>The link may be of an older page, or have been cut when it was copied.</p>
      <LinkButton look="main" href={to.board}>
        Go to the board
      </LinkButton>
    </Empty>
  );
}

function skip(event: Event): void {
  event.preventDefault(); // The address is where one is in the page.
  document.getElementById("main")?.focus();
}
