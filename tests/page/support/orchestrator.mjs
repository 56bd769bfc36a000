/** @file The reference orchestrator, which asks the server for builds and runs what comes of them. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { freePort, PYTHON, ROOT } from "./server.mjs";

const PATIENCE_MS = 30_000;

/** It; the server has to know where it will be before it starts. */
export class Orchestrator {
  #process = null;

  /** Chooses where it will be. */
  async reserve() {
    this.port = await freePort();
    return this;
  }

  /** Where it answers. */
  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it beside a server. @param {import("./server.mjs").Server} server */
  start(server) {
    const given = ["--no-open", "--port", `${this.port}`, "--agent", `http://127.0.0.1:${server.port}`, "--state", join(server.directory, "runs")];
    const options = { cwd: server.directory, stdio: "ignore", env: { ...process.env, HOME: server.directory, PYTHONPATH: ROOT } };
    this.#process = spawn(PYTHON, ["-m", "client", "orchestrator", ...given], options);
  }

  /** Has it ask for a build, as its page does, and gives the run's id. @param {string} prompt */
  async ask(prompt) {
    const body = JSON.stringify({ prompt });
    for (const deadline = Date.now() + PATIENCE_MS; ; ) {
      try {
        const answer = await fetch(`${this.url}/api/runs`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
        const said = await answer.json();
        if (!answer.ok) throw new Error(JSON.stringify(said));
        return said.runId ?? said.id;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  /** Ends it, with the apps that it runs. */
  async end() {
    if (this.#process === null || this.#process.exitCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
  }
}
