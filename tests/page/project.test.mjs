/** @file From a sentence to a running app, changed live; cancelled; its files and versions. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { PHONE, serious } from "./support/browser.mjs";
import { stage } from "./support/stage.mjs";

const LONG_MS = 120_000;

const { server, open } = stage();
let id;

/** The app itself: in a frame of our own page, in a frame of the project's view. */
function app(page) {
  return page.frameLocator("iframe").frameLocator("#frame");
}

test("a prompt becomes an app that a follow-up changes, live", { timeout: 3 * LONG_MS }, async () => {
  const { page, close } = await open();
  await page.goto(`${server.url}/#/new?kind=app`);
  await page.getByLabel("What should it be?").fill("a list of teas to taste");
  assert.deepEqual(await serious(page), []);
  await page.getByRole("button", { name: "Make the app" }).click();
  await page.waitForURL(/#\/projects\/project-/);
  id = /#\/projects\/([^/]+)/.exec(page.url())[1];
  await app(page).getByRole("heading", { level: 1 }).waitFor({ timeout: LONG_MS });
  await page.locator(".project-ended").first().waitFor({ timeout: LONG_MS });
  assert.equal((await server.ask(`/api/projects/${id}`)).state, "succeeded");
  assert.deepEqual(await serious(page), []);
  await page.getByRole("textbox", { name: /change|next|prompt|say/i }).first().fill('Call it "Leaves and water"');
  await page.getByRole("button", { name: /Send/ }).click();
  await app(page).getByRole("heading", { name: "Leaves and water" }).waitFor({ timeout: LONG_MS });
  // The app is changed before the change is a version, which the tests below look at.
  await page.locator(".project-ended").nth(1).waitFor({ timeout: LONG_MS });
  await close();
});

test("its files are highlighted, and its versions can be looked at", { timeout: LONG_MS }, async () => {
  const { page, close } = await open({ colorScheme: "dark" });
  await page.goto(`${server.url}/#/projects/${id}/files`);
  const tree = page.getByRole("tree");
  await tree.waitFor();
  await tree.getByRole("treeitem", { name: /package\.json/ }).click();
  await page.waitForURL(/files\/package\.json/);
  await page.locator(".project-pane", { hasText: /"scripts"/ }).waitFor();
  assert.deepEqual(await serious(page), []);
  const { versions } = await server.ask(`/api/projects/${id}/versions`);
  await page.goto(`${server.url}/#/projects/${id}/versions/${versions[0].id}`);
  await page.locator(".project-pane").getByText("Leaves and water").first().waitFor();
  assert.deepEqual(await serious(page), []);
  await close();
});

test("a phone has it all in tabs", { timeout: LONG_MS }, async () => {
  const { page, close } = await open({ viewport: PHONE });
  await page.goto(`${server.url}/#/projects/${id}`);
  await page.getByRole("link", { name: "Preview", exact: true }).click();
  await app(page).getByRole("heading", { name: "Leaves and water" }).waitFor({ timeout: LONG_MS });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "it is wider than the phone");
  assert.deepEqual(await serious(page), []);
  await close();
});

test("killed while it is made: the conversation goes on, with nothing missing and nothing twice", { timeout: 3 * LONG_MS }, async () => {
  const { page, close } = await open();
  const made = await server.post("/api/generate", { prompt: "a recipe book with ratings", generator: "template" });
  await page.goto(`${server.url}/#/projects/${made.id}`);
  await page.locator(".project-step").first().waitFor({ state: "attached", timeout: LONG_MS });
  await server.kill();
  await page.getByText("The server is away").waitFor();
  await server.start();
  await page.locator(".project-ended").first().waitFor({ timeout: LONG_MS });
  const fresh = await open();
  await fresh.page.goto(`${server.url}/#/projects/${made.id}`);
  await fresh.page.locator(".project-ended").first().waitFor({ timeout: LONG_MS });
  const { events } = await server.ask(`/events/${made.id}?limit=1000`);
  const tools = events.filter((event) => event.type === "tool_executed").length;
  for (const one of [page, fresh.page]) {
    await one.waitForFunction((count) => document.querySelectorAll(".project-step").length === count, tools);
  }
  await alike(page, fresh.page);
  await fresh.close();
  await close();
});

test("a version is restored, and becomes a project of its own", { timeout: 2 * LONG_MS }, async () => {
  const { page, close } = await open();
  const { versions } = await server.ask(`/api/projects/${id}/versions`);
  await page.goto(`${server.url}/#/projects/${id}/versions/${versions[1].id}`);
  await page.getByRole("button", { name: "Restore" }).click();
  await page.getByRole("dialog").getByRole("button", { name: /Restore/ }).click();
  await page.getByText("The files are what they were").waitFor();
  assert.match((await server.ask(`/api/projects/${id}/versions`)).versions[0].cause, /^restore/);
  await page.goto(`${server.url}/#/projects/${id}`);
  // The server was killed since, and starts no app by itself.
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await app(page).getByRole("heading", { level: 1 }).waitFor({ timeout: LONG_MS });
  await app(page).getByRole("heading", { name: "Leaves and water" }).waitFor({ state: "detached", timeout: LONG_MS });
  await page.getByRole("button", { name: "Fork", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: /copy/i }).click();
  await page.waitForURL((url) => url.hash.startsWith("#/projects/project-") && !url.hash.includes(id));
  assert.equal((await server.ask(`/api/projects/${/project-[^/]+/.exec(page.url())[0]}`)).forked_from.id, id);
  await close();
});

/** Two pages tell the same; each is told what is new in its own time. */
async function alike(one, other) {
  const told = async (page) => untimed(await page.evaluate(() => [...document.querySelectorAll(".project-scroll > *")].map((part) => part.textContent)));
  for (const deadline = Date.now() + LONG_MS; ; await one.waitForTimeout(200)) {
    // Looked at again after a pause: what is still missing comes by the page's own stream.
    const [first, second] = [await told(one), await told(other)];
    if (isDeepStrictEqual(first, second)) return;
    if (Date.now() > deadline) assert.deepEqual(first, second);
  }
}

/** Without how long ago something was, which goes on. */
function untimed(texts) {
  return texts.map((text) => text.replace(/just now|\d+ (s|min|h) ago/g, "ago"));
}
