/** @file A build, as the orchestrator sees it: its messages, their delivery, and the app in a frame of its own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { serious } from "./support/browser.mjs";
import { Orchestrator } from "./support/orchestrator.mjs";
import { stage } from "./support/stage.mjs";

const LONG_MS = 120_000;

const orchestrator = await new Orchestrator().reserve();
const { server, open } = stage(
  { orchestrator_url: orchestrator.url, pipeline: "template" },
  { begin: (started) => orchestrator.start(started), end: () => orchestrator.end() },
);

test("messages come live, are delivered, and the app is framed", { timeout: 2 * LONG_MS }, async () => {
  const { page, close } = await open();
  await page.goto(server.url);
  const run = await orchestrator.ask("a page for a bakery");
  await page.locator(`[data-id="${run}"]`).getByRole("link").first().click();
  await page.getByRole("log", { name: "Messages of the build" }).getByText(/install/i).first().waitFor({ timeout: LONG_MS });
  const app = page.frameLocator("iframe").frameLocator("iframe");
  await app.locator("h1").first().waitFor({ timeout: LONG_MS });
  assert.deepEqual(await serious(page), []);
  // The app answers before the build has noticed.
  await page.locator('.build .state[data-state="succeeded"]').first().waitFor({ timeout: LONG_MS });
  const build = await server.ask(`/api/builds/${run}`);
  assert.equal(build.state, "succeeded");
  await page.waitForFunction((count) => document.querySelectorAll("[data-fate=delivered]").length === count, build.messages);
  // Until the app answers, the browser notes each try.
  await close({ tidy: false });
});
