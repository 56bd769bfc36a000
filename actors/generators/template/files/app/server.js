// Starts the app: `npm start`, and then the address that it prints.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { createApi } from "./server/api.js";
import { complete } from "./public/lib/fields.js";
import { serveFile } from "./server/files.js";
import { Problem, isTheirs, sendProblem } from "./server/answers.js";
import { openStore } from "./server/store.js";

const DEFAULT_PORT = {{port}};
const here = path.dirname(fileURLToPath(import.meta.url));
const port = Number(process.env.PORT || DEFAULT_PORT);
const host = process.env.HOST || "0.0.0.0";
const publicFolder = path.join(here, "public");

const idea = JSON.parse(await readFile(path.join(publicFolder, "idea.json"), "utf8"));
// Another app that was here before keeps its own data.
const name = `${idea.kind}-${idea.noun.many.replaceAll(" ", "-")}`;
const folder = path.resolve(here, process.env.DATA_DIR || "data");
const store = await openStore(folder, name, (item) => complete(idea.fields, item));
const api = createApi(idea, store);

function pathOf(url) {
  try {
    return new URL(url, "http://app").pathname;
  } catch {
    throw new Problem(400, "That is not an address.");
  }
}

async function answer(request, response) {
  const pathname = pathOf(request.url);
  if (pathname === "/api" || pathname.startsWith("/api/")) await api(request, response, pathname);
  else await serveFile(publicFolder, request, response, pathname);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    if (!isTheirs(error)) console.error(`${request.method} ${request.url}:`, error);
    sendProblem(response, error);
  });
});
server.requestTimeout = 15_000;
server.headersTimeout = 10_000;

server.on("error", (error) => {
  if (error.code === "EADDRINUSE") {
    console.error(`Port ${port} is taken by another program. Choose another one: PORT=${port + 1} npm start`);
  } else {
    console.error(`The server cannot listen on ${host}:${port}: ${error.message}`);
  }
  process.exit(1);
});

server.listen(port, host, () => {
  console.log(`${idea.title} is ready: http://localhost:${server.address().port}`);
});

// Answers what has been asked, keeps what has been sent, and only then ends.
function stop() {
  setTimeout(() => server.closeAllConnections(), 3_000).unref();
  server.close(() => store.saved().finally(() => process.exit(0)));
  server.closeIdleConnections();
}
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
