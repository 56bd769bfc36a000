/** @file A view that is being written. */

import type { JSX } from "preact";
import { Loading } from "../../ui/parts";

/** The view. */
export function Board(): JSX.Element {
  return <Loading />;
}
