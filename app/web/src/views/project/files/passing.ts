/** @file Which errors need no words where there is something to look at: the page's frame says that the server is away. */

import { Problem } from "../../../api/client";

/** Whether asking again later may help; that is done when the server is back. */
export function isPassing(error: unknown): boolean {
  return error instanceof Problem && error.passing;
}
