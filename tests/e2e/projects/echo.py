"""An app that tells what it is asked, and what a page can try against others."""

import json
from typing import Any

_SERVER = """
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Echo</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<h1>Echo</h1></html>`;
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

createServer((request, response) => {
  const telling = request.url.split("?")[0].endsWith("/headers");
  response.setHeader("content-type", telling ? "application/json" : "text/html");
  response.setHeader("set-cookie", "from-the-app=1; Path=/");
  response.end(telling ? JSON.stringify(request.rawHeaders) : page);
}).on("upgrade", (request, socket) => {
  const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + GUID).digest("base64");
  const text = Buffer.from(JSON.stringify(request.rawHeaders));
  const head = Buffer.from([0x81, 126, text.length >> 8, text.length & 255]);
  socket.on("error", () => socket.destroy());
  socket.write(`HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n` +
    `Sec-WebSocket-Accept: ${accept}\\r\\n\\r\\n`);
  socket.write(Buffer.concat([head, text]));
}).listen(Number(process.env.PORT), process.env.HOST);
"""

FILES = {
    "package.json": json.dumps({"name": "echo", "private": True, "type": "module", "scripts": {"dev": "node echo.js"}}),
    "echo.js": _SERVER,
}
"""The app: its page at every path, the headers of the request at `headers`, and as the first message of a socket."""

_TRY = """(async (tries) => {
  const late = (what) => new Promise((_, reject) => setTimeout(() => reject(new Error(`${what} took too long`)), 8000));
  const results = {};
  await Promise.all(Object.entries(tries).map(async ([name, attempt]) => {
    try {
      results[name] = String(await Promise.race([attempt(), late(name)]));
    } catch (error) {
      results[name] = `refused: ${error}`;
    }
  }));
  return results;
})"""

_SOCKET = """(url, protocols) => new Promise((resolve, reject) => {
  const socket = new WebSocket(url, protocols);
  socket.onmessage = (event) => { socket.close(); resolve(event.data); };
  socket.onerror = () => reject(new Error("no socket"));
})"""

_FRAME = """(url, look) => new Promise((resolve, reject) => {
  const frame = document.createElement("iframe");
  frame.onload = () => {
    try {
      if (frame.contentWindow.location.href === "about:blank") return;
      resolve(look(frame.contentWindow));
    } catch (error) {
      reject(error);
    } finally {
      frame.remove();
    }
  };
  frame.src = url;
  document.body.append(frame);
})"""


def attempts_on_app(url: str) -> str:
    """Try to read another app.

    Args:
        url: Its address.
    """
    socket = url.replace("http", "ws", 1)
    return f"""{_TRY}({{
  fetch: () => fetch({url!r} + "headers", {{ credentials: "include" }}).then((answer) => answer.text()),
  socket: () => ({_SOCKET})({socket!r}),
  frame: () => ({_FRAME})({url!r}, (other) => other.document.querySelector("h1").textContent),
  storage: () => ({_FRAME})({url!r}, (other) => other.localStorage.getItem("kept")),
}})"""


def attempts_on_api(url: str, project: str, token: str = "") -> str:
    """Try to use the interface.

    Args:
        url: The server's.
        project: On which project.
        token: That is sent; else what the browser sends by itself.
    """
    path = f"{url}/api/projects/{project}"
    headers = json.dumps({"Authorization": f"Bearer {token}"} if token else {})
    protocols = json.dumps(["callboard", f"bearer.{token}"] if token else [])
    options = f'{{ credentials: "include", headers: {headers} }}'
    ok = '(answer) => answer.ok ? answer.text() : Promise.reject(new Error("status " + answer.status))'
    return f"""{_TRY}({{
  status: () => fetch("{path}/status", {options}).then({ok}),
  files: () => fetch("{path}/files/package.json", {options}).then({ok}),
  write: () => fetch("{path}/tools/list_directory", {{ ...{options}, method: "POST" }}).then({ok}),
  events: () => ({_SOCKET})("{path.replace("http", "ws", 1).replace("/api/projects/", "/ws/")}?after=0", {protocols}),
}})"""


BLIND_WRITE = """fetch(%r, {method: "POST", mode: "no-cors", credentials: "include",
  headers: {"Content-Type": "text/plain"}, body: JSON.stringify({path: "taken.txt", content: "taken"})})
  .then(() => "sent", (error) => String(error))"""
"""A request that changes something, of which the page does not see the answer."""

ATTEMPTS_ON_PAGE = f"""{_TRY}({{
  document: () => window.parent.document.title,
  address: () => window.parent.location.href,
  storage: () => JSON.stringify(window.parent.sessionStorage),
  away: () => {{ window.top.location = "about:blank#taken"; return "gone"; }},
}})"""
"""Try to read or to replace the page around."""


def refused(results: dict[str, Any]) -> dict[str, Any]:
    """Those attempts that succeeded, which should be none."""
    return {name: result for name, result in results.items() if not str(result).startswith("refused")}
