/** @file All files of a project, from as many pages as it takes. */

import { api, need } from "../../../api/client";
import type { FileEntry } from "./tree";

const PAGE = 1_000;
const MOST_PAGES = 5;

/** Files of a project. */
export interface Listing {
  readonly files: readonly FileEntry[];
  /** Whether there are more than are listed. */
  readonly cut: boolean;
}

/** Lists a project's files; with `all` also what its tools made. */
export async function listed(id: string, all: boolean, signal: AbortSignal): Promise<Listing> {
  const files: FileEntry[] = [];
  let after = "";
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { limit: PAGE, after, all };
    const answer = await need(api.GET("/api/projects/{id}/files", { params: { path: { id }, query }, signal }));
    files.push(...answer.files);
    if (!answer.next) return { files, cut: false };
    after = answer.next;
  }
  return { files, cut: true };
}
