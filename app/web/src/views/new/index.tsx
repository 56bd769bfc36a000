/** @file A view that is being written. */

import type { JSX } from "preact";
import { Loading } from "../../ui/parts";

/** The view. */
export function New(): JSX.Element {
  return <Loading />;
}
