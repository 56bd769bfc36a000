/** @file The token that a server may ask for: taken from the address, kept for this tab, sent with each request. */

import { batch, signal } from "@preact/signals";

const KEY = "callboard.token";
const GIVEN = /^#token=(.*)$/;
/** What a server takes as a token: more a header's list of protocols cannot carry (RFC 9110, section 5.6.2). */
const RIGHT = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The token; empty when there is none. */
export const token = signal(given() ?? read());

/** Whether the server wants a token that it has not got. */
export const refused = signal(false);

/** Grows with each request that the token was not enough for. */
export const denials = signal(0);

/** Grows with each sign-in, with the same token, too: what was refused before is to be tried again. */
export const signIns = signal(0);

/** Signs in with a token, for this tab; returns whether it can be one. */
export function signIn(text: string): boolean {
  const found = text.trim();
  if (!RIGHT.test(found)) return false;
  write(found);
  batch(() => {
    token.value = found;
    refused.value = false;
    signIns.value += 1;
  });
  return true;
}

/** Forgets the token, and all that was seen with it. */
export function signOut(): void {
  write("");
  window.location.reload();
}

/** Headers for a request. */
export function headers(): Record<string, string> {
  return token.value ? { Authorization: `Bearer ${token.value}` } : {};
}

/** Subprotocols for a WebSocket, which takes no headers from a page. */
export function subprotocols(): string[] {
  return token.value ? ["callboard", `bearer.${token.value}`] : [];
}

/** Signs in with a token that the address has, and takes it out; returns whether there was one. */
export function takeToken(): boolean {
  if (!GIVEN.test(window.location.hash)) return false;
  const found = given();
  if (found !== null) signIn(found);
  return true;
}

/** Takes a token out of the address (`#token=...`), so that it is neither shared nor kept in the history. */
function given(): string | null {
  const found = GIVEN.exec(window.location.hash)?.[1];
  if (found === undefined) return null;
  window.history.replaceState(null, "", `${window.location.pathname}#/`);
  const text = decoded(found).trim();
  if (!RIGHT.test(text)) return null;
  write(text);
  return text;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A token may have a percent sign of its own.
  }
}

function read(): string {
  try {
    const kept = window.sessionStorage.getItem(KEY) ?? "";
    return RIGHT.test(kept) ? kept : "";
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
