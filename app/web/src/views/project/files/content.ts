/** @file What is in a file. What was shown is kept, and the server is asked only whether it is still so. */

import { send } from "../../../api/client";

/** What is in a file, as far as it can be shown. */
export type Content =
  | { readonly kind: "text"; readonly text: string; readonly cut: boolean; readonly size: number }
  | { readonly kind: "picture"; readonly picture: Blob; readonly size: number }
  | { readonly kind: "other"; readonly size: number };

/** How much of a text is shown. */
export const MOST_TEXT = 1_000_000;

const MOST_PICTURE = 20_000_000;
const MOST_KEPT = 20;

interface Kept {
  readonly etag: string;
  readonly content: Content;
}

const kept = new Map<string, Kept>();

/** Where a file is on the server. */
export function addressOf(id: string, path: string): string {
  return `/api/projects/${encodeURIComponent(id)}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** What is known of a file already; null when it was not looked at lately. */
export function known(id: string, path: string): Content | null {
  return kept.get(addressOf(id, path))?.content ?? null;
}

/**
 * Asks for a file; when it is what it was, its content is the same object as before.
 *
 * @throws Problem It is not there, or was not to be had.
 */
export async function contentOf(id: string, path: string, signal: AbortSignal): Promise<Content> {
  const address = addressOf(id, path);
  const before = kept.get(address);
  const response = await send(address, { signal, headers: before ? { "If-None-Match": before.etag } : {} });
  const content = response.status === 304 && before ? before.content : await read(response);
  keep(address, response.headers.get("ETag") ?? before?.etag, content);
  return content;
}

function keep(address: string, etag: string | undefined, content: Content): void {
  kept.delete(address);
  if (etag) kept.set(address, { etag, content });
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
}

async function read(response: Response): Promise<Content> {
  const size = Number(response.headers.get("Content-Length") ?? 0);
  const type = response.headers.get("Content-Type") ?? "";
  if (type.startsWith("text/plain")) return { kind: "text", size, ...(await textOf(response)) };
  if (type.startsWith("image/") && size <= MOST_PICTURE) return { kind: "picture", picture: await response.blob(), size };
  await response.body?.cancel();
  return { kind: "other", size };
}

/** The beginning of a text; no more is fetched than is shown. */
async function textOf(response: Response): Promise<{ text: string; cut: boolean }> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  while (reader && bytes <= MOST_TEXT) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), cut: false };
    text += decoder.decode(value.subarray(0, MOST_TEXT - bytes), { stream: true });
    bytes += value.length;
  }
  await reader?.cancel();
  return { text, cut: true };
}
