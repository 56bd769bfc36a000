/** @file A real server as a process of its own, which can be killed and started again at the same port. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The Python that has the server. */
export const PYTHON = process.env.TEST_PYTHON ?? "python3";
/** Where the project is. */
export const ROOT = new URL("../../..", import.meta.url).pathname;
const START_MS = 60_000;
const STOP_MS = 20_000;

/** A server and its directory. */
export class Server {
  #process = null;
  #said = "";

  /** @param {Record<string, string>} settings As environment variables, without their prefix. */
  constructor(settings = {}) {
    this.directory = mkdtempSync(join(tmpdir(), "callboard-page-"));
    this.settings = settings;
    this.port = 0;
    this.kills = 0;
  }

  /** Where it answers; by this name apps have origins of their own. */
  get url() {
    return `http://localhost:${this.port}`;
  }

  /** Starts it, and waits until it answers. */
  async start() {
    this.port ||= await freePort();
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("CALLBOARD_") && name !== "PORT");
    const settings = { port: `${this.port}`, default_engine: "simulated", ...this.settings };
    const given = Object.entries(settings).map(([name, value]) => [`CALLBOARD_${name.toUpperCase()}`, `${value}`]);
    this.#said = "";
    this.#process = spawn(PYTHON, ["-m", "client", "serve", "--data-dir", join(this.directory, "data")], {
      cwd: this.directory,
      env: { ...Object.fromEntries([...kept, ...given]), PYTHONPATH: ROOT },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process.stderr.on("data", (data) => (this.#said = (this.#said + data).slice(-20_000)));
    const deadline = Date.now() + START_MS;
    while (!(await this.#answers())) {
      if (this.#process.exitCode !== null || Date.now() > deadline) throw new Error(`no start: ${this.#said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return this;
  }

  /** Ends it as a power cut would. */
  async kill() {
    this.kills += 1;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  /** Ends it, and removes what it had. */
  async end() {
    if (this.#process && this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, "exit");
      this.#process.kill("SIGTERM");
      const timer = setTimeout(() => this.#process.kill("SIGKILL"), STOP_MS);
      await ended;
      clearTimeout(timer);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Asks its API. @param {string} path @param {RequestInit} [options] */
  async ask(path, options) {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, options);
    if (!response.ok) throw new Error(`${options?.method ?? "GET"} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  }

  /** Asks its API with a JSON body. @param {string} path @param {unknown} body */
  post(path, body) {
    return this.ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  }

  /** Starts a simulated job. @param {Record<string, unknown>} params */
  async job(params = {}) {
    const form = new FormData();
    form.append("images", new Blob([tinyPng()], { type: "image/png" }), "a.png");
    form.append("engine", "simulated");
    form.append("params", JSON.stringify(params));
    return (await this.ask("/upload", { method: "POST", body: form })).id;
  }

  async #answers() {
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/health`)).ok;
    } catch {
      return false;
    }
  }
}

/** The smallest photo there is: one pixel. */
function tinyPng() {
  const text = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
  return Buffer.from(text, "base64");
}

/** A port where nobody listens. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
