/** @file A view that is being written. */

import type { JSX } from "preact";
import { Loading } from "../../ui/parts";

/** The view. */
export function BuildView({ id }: { id: string }): JSX.Element {
  return <Loading label={id} />;
}
