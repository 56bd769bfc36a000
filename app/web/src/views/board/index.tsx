/** @file The board: all that runs on this server and what has ended, live. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { loaded, order } from "../../live/board";
import { to } from "../../router";
import { Button, Empty, LinkButton, Loading } from "../../ui/parts";
import { attempt } from "../../ui/toasts";
import { Announcer } from "./announce";
import { Begin } from "./begin";
import "./board.css";
import { ALL, address, isAll } from "./filter";
import { Filters } from "./filters";
import { List } from "./list";
import { loadingOlder, loadOlder, mayHaveOlder, olderIds } from "./older";
import { filter, inAll, shown } from "./shown";

/** The view. */
export function Board(): JSX.Element {
  useEffect(() => {
    document.title = "Callboard";
  }, []);
  return (
    <div class="board">
      <header class="board-head">
        <div>
          <h1>Board</h1>
          <Summary />
        </div>
        <LinkButton look="main" href={to.make}>
          New
        </LinkButton>
      </header>
      <Content />
      <Announcer />
    </div>
  );
}

/** Apart, since it changes often. */
function Summary(): JSX.Element {
  return <p class="board-summary">{loaded.value ? inAll.value : " "}</p>;
}

function Content(): JSX.Element {
  if (!loaded.value) return <Loading label="Loading the board" />; // Which of the two follows is not known before.
  if (order.value.length + olderIds.value.length === 0) return <Begin />;
  return (
    <>
      <Filters />
      {shown.value.length === 0 ? <Nothing /> : <List />}
      <Older />
    </>
  );
}

function Nothing(): JSX.Element {
  return (
    <Empty title="Nothing here matches">
      <p>What is asked for later is shown here as soon as it does.</p>
      {!isAll(filter.value) && <LinkButton href={address(ALL)}>Show all</LinkButton>}
    </Empty>
  );
}

function Older(): JSX.Element | null {
  if (!mayHaveOlder()) return null;
  return (
    <div class="board-older">
      <Button busy={loadingOlder.value} onClick={() => void attempt(loadOlder)}>
        Show older
      </Button>
    </div>
  );
}
