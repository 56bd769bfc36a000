// What goes back over HTTP, and what is read from it.
import { Refused } from "../public/lib/fields.js";

const MAX_BODY = 64 * 1024;

/** Something that the request got wrong, with what to do about it. */
export class Problem extends Error {
  constructor(status, message, { field, headers = {} } = {}) {
    super(message);
    this.status = status;
    this.field = field;
    this.headers = headers;
  }
}

/** Whether the request is at fault, and not this app. */
export const isTheirs = (error) => error instanceof Problem || error instanceof Refused;

/** Answers with JSON that nobody keeps. */
export function sendJson(response, status, value, headers = {}) {
  const body = value === undefined ? "" : JSON.stringify(value);
  response.writeHead(status, {
    ...(body && { "Content-Type": "application/json; charset=utf-8" }),
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  response.end(body);
}

/** Says what went wrong; of the app's own mistakes only that there was one. */
export function sendProblem(response, error) {
  if (response.headersSent) return void response.destroy();
  const known = isTheirs(error);
  const status = error instanceof Refused ? 422 : known ? error.status : 500;
  const message = known ? error.message : "Something went wrong here; the server's log says what.";
  sendJson(response, status, { error: message, field: error.field }, error.headers);
}

/** Reads a JSON object, and not more than a form needs. */
export async function readJson(request) {
  // Another site's page cannot send this type without asking first, and it is never told yes.
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
    throw new Problem(415, "Send JSON, with Content-Type: application/json.");
  }
  const parts = [];
  let size = 0;
  for await (const part of limited(request)) {
    size += part.length;
    if (size > MAX_BODY) throw new Problem(413, `That is too much at once: at most ${MAX_BODY / 1024} KB.`);
    parts.push(part);
  }
  return parsed(Buffer.concat(parts).toString("utf8"));
}

function limited(request) {
  if (Number(request.headers["content-length"]) > MAX_BODY) {
    throw new Problem(413, `That is too much at once: at most ${MAX_BODY / 1024} KB.`);
  }
  // Leaving the loop early must not end the connection before the answer is out.
  return request.iterator({ destroyOnReturn: false });
}

function parsed(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem(400, "That is not JSON.");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Problem(400, "Send one JSON object.");
  }
  return value;
}
