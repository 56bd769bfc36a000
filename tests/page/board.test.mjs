/** @file The board: what runs, live, and what can be done with it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE, serious } from "./support/browser.mjs";
import { stage } from "./support/stage.mjs";

const { server, open } = stage();

test("nothing runs: the board teaches how to begin", async () => {
  const { page, close } = await open();
  await page.goto(server.url);
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "New" }).waitFor();
  await page.getByRole("link", { name: /Describe an app/ }).waitFor();
  assert.deepEqual(await serious(page), []);
  await close();
});

test("a job appears, moves on, and is cancelled, without a reload", async () => {
  const { page, close } = await open({ viewport: PHONE, colorScheme: "dark" });
  await page.goto(server.url);
  const id = await server.job({ speed: 60, steps: 500 }); // Longer than anything here may take.
  const row = page.locator(`[data-id="${id}"]`);
  await row.getByText("Running").waitFor();
  await row.getByRole("progressbar").waitFor();
  assert.deepEqual(await serious(page), []);
  await row.getByRole("button", { name: /Cancel/ }).click();
  await row.getByText("Cancelled").first().waitFor();
  assert.equal((await server.ask(`/jobs/${id}`)).state, "cancelled");
  await row.getByRole("button", { name: /Retry/ }).click();
  await page.waitForFunction(() => document.querySelectorAll("[data-id^=job-]").length === 2);
  await row.getByRole("button", { name: /Remove/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await row.waitFor({ state: "detached" });
  const { jobs } = await server.ask("/jobs");
  assert.equal(jobs.length, 1);
  assert.notEqual(jobs[0].id, id);
  await server.ask(`/jobs/${jobs[0].id}?cancel_only=true`, { method: "DELETE" });
  await close();
});

test("filters and search are links", async () => {
  const { page, close } = await open();
  const job = await server.job({ speed: 0, steps: 5, detail: 0 });
  const project = await server.post("/api/generate", { prompt: "a list of teas", generator: "template" });
  await page.goto(server.url);
  await page.locator(`[data-id="${job}"]`).waitFor();
  await page.locator(`[data-id="${project.id}"]`).waitFor();
  await page.getByRole("searchbox").fill("teas");
  await page.locator(`[data-id="${job}"]`).waitFor({ state: "detached" });
  const address = page.url();
  const { page: other, close: closeOther } = await open();
  await other.goto(address);
  await other.locator(`[data-id="${project.id}"]`).waitFor();
  assert.equal(await other.locator(`[data-id="${job}"]`).count(), 0);
  await closeOther();
  await close();
});
