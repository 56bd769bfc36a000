/** @file The token that a server may ask for: taken from the address, kept for this tab, sent with each request. */

import { signal } from "@preact/signals";

const KEY = "callboard.token";

/** The token; empty when there is none. */
export const token = signal(given() ?? read());

/** Whether the server wants a token that it has not got. */
export const refused = signal(false);

/** Signs in with a token, for this tab. */
export function signIn(text: string): void {
  token.value = text.trim();
  refused.value = false;
  write(token.value);
}

/** Forgets the token. */
export function signOut(): void {
  signIn("");
}

/** Headers for a request. */
export function headers(): Record<string, string> {
  return token.value ? { Authorization: `Bearer ${token.value}` } : {};
}

/** Subprotocols for a WebSocket, which takes no headers from a page. */
export function subprotocols(): string[] {
  return token.value ? ["callboard", `bearer.${token.value}`] : [];
}

/** Takes a token out of the address (`#token=...`), so that it is neither shared nor kept in the history. */
function given(): string | null {
  const found = /^#token=([^&]+)$/.exec(window.location.hash)?.[1];
  if (found === undefined) return null;
  const text = decodeURIComponent(found).trim();
  window.history.replaceState(null, "", `${window.location.pathname}#/`);
  write(text);
  return text;
}

function read(): string {
  try {
    return window.sessionStorage.getItem(KEY) ?? "";
  } catch {
    return ""; // Where storage is forbidden the token lasts as long as the page.
  }
}

function write(text: string): void {
  try {
    if (text) window.sessionStorage.setItem(KEY, text);
    else window.sessionStorage.removeItem(KEY);
  } catch {
    // As above.
  }
}
