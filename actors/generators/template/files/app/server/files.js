// The files of public/, and nothing else.
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import path from "node:path";
import { Problem } from "./answers.js";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

// Everything comes from here. Who may show the app in a frame is left open: a preview does.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; form-action 'self'; base-uri 'none'";

/** Answers with one file. */
export async function serveFile(folder, request, response, pathname) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw new Problem(405, "Files can only be read.", { headers: { Allow: "GET, HEAD" } });
  }
  const { file, info } = await findFile(folder, pathname === "/" ? "/index.html" : pathname);
  const tag = `"${info.size.toString(36)}-${Math.round(info.mtimeMs).toString(36)}"`;
  const headers = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Content-Type": TYPES[path.extname(file)] ?? "application/octet-stream",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    ETag: tag,
  };
  if (request.headers["if-none-match"]?.split(/,\s*/).includes(tag)) {
    return void response.writeHead(304, headers).end();
  }
  response.writeHead(200, { ...headers, "Content-Length": info.size });
  if (request.method === "HEAD") return void response.end();
  // A reader that leaves in the middle is not an error.
  await pipeline(createReadStream(file), response).catch(() => response.destroy());
}

/** Finds a file of the folder; neither `..` nor a link leads out of it. */
async function findFile(folder, pathname) {
  try {
    const wanted = path.join(folder, decodeURIComponent(pathname));
    const [root, file] = await Promise.all([realpath(folder), realpath(wanted)]);
    const inside =
      file.startsWith(root + path.sep) &&
      !path
        .relative(root, file)
        .split(path.sep)
        .some((part) => part.startsWith("."));
    const info = await stat(file);
    if (inside && info.isFile()) return { file, info };
  } catch {
    // Not there, not readable, or not a path at all: all the same to who asks.
  }
  throw new Problem(404, "There is no such page.");
}
