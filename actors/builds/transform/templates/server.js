const port = Number(process.env.PORT) || settings.port;
const root = path.resolve(here, settings.folder);
const types = {
  ".avif": "image/avif",
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".glb": "model/gltf-binary",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".mp3": "audio/mpeg",
  ".mp4": "video/mp4",
  ".otf": "font/otf",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".wav": "audio/wav",
  ".webm": "video/webm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".xml": "application/xml; charset=utf-8",
};

function answer(request, response, status, type, text, headers = {}) {
  const body = Buffer.from(text);
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": body.length,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function plain(request, response, status, text, headers) {
  answer(request, response, status, types[".txt"], `${text}\n`, headers);
}

// The parts of the path that was asked for, or null where it cannot be one of a file that is served.
function partsOf(url) {
  let decoded;
  try {
    decoded = decodeURIComponent(url.split(/[?#]/, 1)[0]);
  } catch {
    return null;
  }
  const parts = decoded.split("/").filter((part) => part !== "" && part !== ".");
  const bad = parts.some(
    (part) => part.includes("\0") || part.includes("\\") || (part.startsWith(".") && part !== ".well-known"),
  );
  return bad || settings.hidden.includes(parts[0]) ? null : parts;
}

// The real path and status of what is there, or null: links are followed only as long as they stay inside.
async function look(place) {
  try {
    const top = await fs.promises.realpath(root);
    const real = await fs.promises.realpath(place);
    if (real !== top && !real.startsWith(top + path.sep)) {
      return null;
    }
    return { real, status: await fs.promises.stat(real) };
  } catch {
    return null;
  }
}

async function firstFile(places) {
  for (const place of places) {
    const found = await look(place);
    if (found !== null && found.status.isFile()) {
      return found;
    }
  }
  return null;
}

// The part of the file that was asked for: the whole, a range, or null for one that is not there.
function rangeOf(header, size) {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header || "") || [];
  if (first === undefined || first + last === "") {
    return { start: 0, end: size - 1, status: 200 };
  }
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return start > end ? null : { start, end, status: 206 };
}

function sendFile(request, response, { real, status }, code) {
  const range = rangeOf(code === 200 ? request.headers.range : "", status.size);
  if (range === null) {
    plain(request, response, 416, "Range not satisfiable", { "Content-Range": `bytes */${status.size}` });
    return;
  }
  const tag = `W/"${status.size.toString(16)}-${Math.trunc(status.mtimeMs).toString(16)}"`;
  const headers = {
    "Accept-Ranges": "bytes",
    "Cache-Control": /[\\/](?:_next[\\/]static|assets)[\\/].*[-.][\w-]{8,}\./.test(real)
      ? "public, max-age=31536000, immutable"
      : "no-cache",
    "Content-Length": range.end - range.start + 1,
    "Content-Type": types[path.extname(real).toLowerCase()] || "application/octet-stream",
    ETag: tag,
    "X-Content-Type-Options": "nosniff",
  };
  if (code === 200 && request.headers["if-none-match"] === tag) {
    response.writeHead(304, { "Cache-Control": headers["Cache-Control"], ETag: tag }).end();
    return;
  }
  if (range.status === 206) {
    headers["Content-Range"] = `bytes ${range.start}-${range.end}/${status.size}`;
  }
  response.writeHead(code === 200 ? range.status : code, headers);
  if (request.method === "HEAD" || status.size === 0) {
    response.end();
    return;
  }
  const stream = fs.createReadStream(real, { start: range.start, end: range.end });
  stream.on("error", () => response.destroy());
  response.on("close", () => stream.destroy());
  stream.pipe(response);
}

async function notFound(request, response, parts) {
  const last = parts.length > 0 ? parts[parts.length - 1] : "";
  const isPage = (request.headers.accept || "").includes("text/html") || !last.includes(".");
  const page = isPage && parts[0] !== "api" ? await firstFile([path.join(root, settings.fallback)]) : null;
  if (page !== null) {
    sendFile(request, response, page, settings.status);
  } else if ((await look(root)) === null) {
    plain(request, response, 503, "The app is not built yet: run `npm run build`.");
  } else {
    plain(request, response, 404, "Not found");
  }
}

async function handle(request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    plain(request, response, 405, "Method not allowed", { Allow: "GET, HEAD" });
    return;
  }
  const [pathname, query] = request.url.split(/\?(.*)/s, 2);
  if (pathname === "/api/health" || pathname === "/api/health/") {
    answer(request, response, 200, types[".json"], JSON.stringify({ status: "ok" }));
    return;
  }
  const parts = partsOf(request.url);
  if (parts === null) {
    plain(request, response, 404, "Not found");
    return;
  }
  const place = path.join(root, ...parts);
  const found = await look(place);
  const isFolder = found !== null && found.status.isDirectory();
  const file = isFolder
    ? await firstFile([path.join(place, "index.html"), ...(parts.length > 0 ? [`${place}.html`] : [])])
    : await firstFile([place, `${place}.html`]);
  if (file === null) {
    await notFound(request, response, parts);
  } else if (isFolder && !pathname.endsWith("/") && path.basename(file.real) === "index.html") {
    const target = `/${parts.map(encodeURIComponent).join("/")}/${query ? `?${query}` : ""}`;
    plain(request, response, 308, "Moved", { Location: target });
  } else {
    sendFile(request, response, file, 200);
  }
}

const server = http.createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(error);
    if (response.headersSent) {
      response.destroy();
    } else {
      plain(request, response, 500, "Internal server error");
    }
  });
});

server.on("error", (error) => {
  console.error(`The server cannot listen on port ${port}: ${error.message}`);
  process.exit(1);
});
server.listen(port, "0.0.0.0", () => {
  console.log(`Listening on http://0.0.0.0:${server.address().port}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections?.();
  });
}
