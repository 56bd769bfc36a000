/** @file Requests to the server, typed by its own description (`schema.ts` is made from `/openapi.json`). */

import createClient from "openapi-fetch";
import { at, root } from "../base";
import { denials, headers, refused, signIns, token } from "../session";
import type { paths } from "./schema";

/** The server said no, or could not be reached; in words for people. */
export class Problem extends Error {
  constructor(
    /** The HTTP status; 0 when there was no answer. */
    readonly status: number,
    detail: string,
    /** What to do. */
    readonly hint = "",
    /** Which fields were not acceptable. */
    readonly fields: readonly FieldProblem[] = [],
    /** Seconds after which to try again, when the server says so. */
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
  }

  /** Whether trying again later may help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** A part of a request that was not acceptable. */
export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

/** The typed client. Its answers go through `need`. */
export const api = createClient<paths>({ baseUrl: root, fetch: authorized });

/** What is asked for after a refusal; when it is refused, too, it is not asked for again. */
const ASKING = /\/api\/me$/;

/** Sends a request with the token; knows when that was not right. */
export async function authorized(request: Request): Promise<Response> {
  for (const [name, value] of Object.entries(headers())) request.headers.set(name, value);
  const signedIn = signIns.peek();
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "The server does not answer.", "See that it runs; this page goes on by itself when it is back.");
  }
  // What was asked before the last sign-in says nothing of the token that there is now.
  if (response.status === 401 && signIns.peek() === signedIn) refused.value = true;
  if (response.status === 403 && !ASKING.test(request.url)) denials.value += 1;
  return response;
}

/** What openapi-fetch answers. */
interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * Gives an answer's data.
 *
 * @throws Problem It was an error.
 */
export async function need<T>(asked: Promise<Answer<T>>): Promise<NonNullable<T>> {
  const answer = await asked.catch((error: unknown) => {
    // What is no JSON was not said by this server, or was cut off.
    throw error instanceof SyntaxError ? new Problem(0, "The answer makes no sense.", "Is there a proxy that answers in the server's place?") : error;
  });
  if (!answer.response.ok) throw problem(answer.response, answer.error);
  return (answer.data ?? {}) as NonNullable<T>;
}

/**
 * Sends a request that the description has no types for, such as a file.
 *
 * @throws Problem It was an error.
 */
export async function send(path: string, options: RequestInit = {}): Promise<Response> {
  const response = await authorized(new Request(at(path), options));
  if (response.ok || response.status === 304) return response;
  throw problem(response, await response.json().catch(() => ({})));
}

/** Makes a problem of an answer that is an error (RFC 9457). */
export function problem(response: Response, body: unknown): Problem {
  const said = (typeof body === "object" && body !== null ? body : {}) as {
    detail?: string;
    hint?: string;
    errors?: FieldProblem[];
  };
  const after = Number(response.headers.get("Retry-After"));
  const detail = said.detail || `The server answered ${response.status}.`;
  return new Problem(response.status, detail, said.hint ?? "", said.errors ?? [], after > 0 ? after : null);
}

/** Says an error in words: of a problem what failed and what to do. */
export function inWords(error: unknown): { problem: string; hint: string } {
  if (error instanceof Problem) return { problem: error.message, hint: error.hint };
  return { problem: error instanceof Error ? error.message : String(error), hint: "Reload the page; the server's log may say more." };
}

/** An address of this server for a link or an image, which can carry no header: only where no token is needed. */
export function needsToken(): boolean {
  return token.value !== "";
}
