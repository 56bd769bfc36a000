/** @file The server is killed and started again while the page is open: nothing is missing, and nothing is there twice. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "./support/stage.mjs";

const { server, open } = stage();

test("the board recovers by itself", async () => {
  const { page, close } = await open();
  const running = await server.job({ speed: 60, steps: 400 }); // Longer than anything here may take.
  const done = await server.job({ speed: 0, steps: 5, detail: 0 });
  await page.goto(server.url);
  await page.locator(`[data-id="${done}"]`).getByText("Done").waitFor();
  await server.kill();
  await page.getByText("The server is away").waitFor();
  assert.equal(await page.locator(`[data-id="${done}"]`).count(), 1, "what was on the screen stays");
  await server.start();
  await page.getByText("The server is away").waitFor({ state: "hidden" });
  const late = await server.job({ speed: 0, steps: 5, detail: 0 });
  await page.locator(`[data-id="${late}"]`).getByText("Done").waitFor();
  for (const id of [running, done, late]) assert.equal(await page.locator(`[data-id="${id}"]`).count(), 1);
  await page.locator(`[data-id="${running}"]`).getByText("Running").waitFor();
  await server.ask(`/jobs/${running}?cancel_only=true`, { method: "DELETE" });
  await page.locator(`[data-id="${running}"]`).getByText("Cancelled").first().waitFor();
  await close();
});
