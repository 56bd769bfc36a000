/** @file A build, as the orchestrator sees it: its messages, their delivery, and the app in a frame of its own. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, open, serious } from "./support/browser.mjs";
import { freePort, PYTHON, ROOT, Server } from "./support/server.mjs";

const LONG_MS = 120_000;

let server;
let browser;
let orchestrator;
let page3001;

before(async () => {
  const port = await freePort();
  page3001 = `http://127.0.0.1:${port}`;
  server = await new Server({ orchestrator_url: page3001, pipeline: "template" }).start();
  const given = ["--no-open", "--port", `${port}`, "--agent", `http://127.0.0.1:${server.port}`, "--state", join(server.directory, "runs")];
  orchestrator = spawn(PYTHON, ["-m", "client", "orchestrator", ...given], {
    ...{ cwd: server.directory, stdio: "ignore", env: { ...process.env, PYTHONPATH: ROOT } },
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  if (orchestrator?.exitCode === null) {
    const ended = once(orchestrator, "exit");
    orchestrator.kill("SIGTERM");
    await ended;
  }
  await server?.end();
});

test("messages come live, are delivered, and the app is framed", { timeout: 2 * LONG_MS }, async () => {
  const { page, close } = await open(browser);
  await page.goto(server.url);
  const run = await ask();
  await page.locator(`[data-id="${run}"]`).getByRole("link").first().click();
  await page.getByRole("log", { name: "Messages of the build" }).getByText(/install/i).first().waitFor({ timeout: LONG_MS });
  const app = page.frameLocator("iframe").frameLocator("iframe");
  await app.locator("h1").first().waitFor({ timeout: LONG_MS });
  assert.deepEqual(await serious(page), []);
  const build = await server.ask(`/api/builds/${run}`);
  assert.equal(build.state, "succeeded");
  await page.waitForFunction((count) => document.querySelectorAll(".build-message, [data-fate=delivered]").length >= count, build.messages);
  // Until the app answers, the browser notes each try.
  await close({ tidy: false });
});

/** Has the orchestrator ask for a build, as its page does; the run's id. */
async function ask() {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      const answer = await fetch(`${page3001}/api/runs`, {
        ...{ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ prompt: "a page for a bakery" }) },
      });
      const said = await answer.json();
      if (!answer.ok) throw new Error(JSON.stringify(said));
      return said.runId ?? said.id;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
