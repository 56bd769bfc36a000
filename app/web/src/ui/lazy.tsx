/** @file Views that are loaded when they are first wanted. */

import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../api/client";
import { connection } from "../live/board";
import { Loading, Trouble } from "./parts";

const MISSING = "This part of the page could not be loaded.";
const HINT = "The page is loaded anew when the server is back.";

// Browsers differ in whether they ask again for a module that could not be had: some never do while a page is open.
const reload = (): void => window.location.reload();

/** Makes a component of one that is loaded later; when that fails it says so, and the page comes anew with the server. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let there: ComponentType<Props> | null = null;
  return function Lazy(props: Props): JSX.Element {
    const [, drawn] = useState(0);
    const [failed, fail] = useState(false);
    const live = connection.value === "live";
    const start = (): void => {
      load().then(
        (component) => {
          there = component;
          drawn((before) => before + 1);
        },
        () => fail(true),
      );
    };
    useEffect(() => {
      if (there !== null) return;
      if (!failed) start();
      else if (live) reload();
    }, [live]);
    const Component = there;
    if (Component !== null) return <Component {...props} />;
    return failed ? <Trouble error={new Problem(0, MISSING, HINT)} again={reload} /> : <Loading />;
  };
}
