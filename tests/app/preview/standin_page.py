"""The page of the stand-in app: it tries what apps need, and what they must not have, and says what it found."""

from dataclasses import dataclass
from typing import Optional

PAGE = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Stand-in</title>
<link rel="stylesheet" href="%BASE%style.css"><script type="module" src="%BASE%main.js"></script></head>
<body><h1 id="said">nothing yet</h1><iframe id="inner" src="%FRAME%"></iframe></body></html>"""

SCRIPT = b"""import { word } from "./word.js";
const attempt = async (what) => {
  try { return String(await what()); } catch (error) { return `refused ${error.name}`; }
};
const echo = () => new Promise((resolve, reject) => {
  const socket = new WebSocket(new URL("./hmr", import.meta.url).href.replace("http", "ws"), "vite-hmr");
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => resolve(`${socket.protocol} ${data}`);
  socket.onclose = () => reject(new Error("closed"));
});
const report = {
  word, origin: self.origin,
  color: getComputedStyle(document.getElementById("said")).color,
  before: await attempt(() => localStorage.a),
  stored: await attempt(() => { localStorage.a = "kept"; return localStorage.a; }),
  cookie: await attempt(() => document.cookie),
  socket: await attempt(echo),
  worker: await attempt(async () => (await navigator.serviceWorker.register("./sw.js")) && "registered"),
  page: await attempt(() => parent === self ? "alone" : parent.document.title),
  api: await attempt(async () => (await fetch("%API%", { method: "POST", body: "{}" })).status),
  stream: await attempt(() => new Promise((resolve, reject) => {
    const socket = new WebSocket("%API%".replace("http", "ws").replace(/api.*/, "ws/job-1"), "%PROTOCOL%".split(","));
    socket.onopen = () => resolve("open");
    socket.onerror = () => reject(new Error("closed"));
  })),
  other: await attempt(async () => (await (await fetch("%OTHER%")).text()).length),
};
await fetch(new URL("./report", import.meta.url), { method: "POST", body: JSON.stringify(report) });
"""


@dataclass
class Heard:
    """A request that the app got."""

    method: str
    target: str
    headers: list[tuple[str, str]]

    def get(self, name: str) -> Optional[str]:
        """The value of a header."""
        return next((value for key, value in self.headers if key == name), None)
