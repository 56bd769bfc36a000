/** @file Where the keyboard is, and what was typed: neither is lost by looking at something else. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE } from "./support/browser.mjs";
import { stage } from "./support/stage.mjs";

const { server, open } = stage();

/** What has the focus, in words. */
const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.tagName);

test("a dialog gives the keyboard back, and does not stay over another view", async () => {
  const { page, close } = await open();
  const job = await server.job({ speed: 0, steps: 5, detail: 0 });
  await page.goto(`${server.url}/#/server`);
  await page.goto(`${server.url}/#/jobs/${job}`);
  const remove = page.getByRole("button", { name: "Remove" });
  await remove.click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.match(await focused(page), /Remove/);
  await remove.click();
  await page.getByRole("dialog").waitFor();
  await page.goBack();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "Server", exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
  assert.equal((await server.ask(`/jobs/${job}`)).state, "succeeded");
  await close();
});

test("a link that was made has the keyboard", async () => {
  const { page, close } = await open();
  const job = await server.job({ speed: 0, steps: 5, detail: 0 });
  await page.goto(`${server.url}/#/jobs/${job}`);
  await page.getByRole("button", { name: /Share/ }).click();
  await page.getByRole("button", { name: "Make the link" }).click();
  await page.getByRole("textbox", { name: "The link" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "share-link");
  await close();
});

test("what was written stays while one looks at something else", async () => {
  const { page, close } = await open({ viewport: PHONE });
  await page.goto(`${server.url}/#/new?kind=app`);
  await page.getByLabel("What should it be?").fill("a list of teas");
  await page.goto(`${server.url}/#/new?kind=build`);
  await page.getByLabel("What is to be built?").fill("a shop");
  const workspace = await page.getByLabel("Workspace").inputValue();
  await page.goto(`${server.url}/#/new?kind=app`);
  assert.equal(await page.getByLabel("What should it be?").inputValue(), "a list of teas");
  await page.goto(`${server.url}/#/new?kind=build`);
  assert.equal(await page.getByLabel("What is to be built?").inputValue(), "a shop");
  assert.equal(await page.getByLabel("Workspace").inputValue(), workspace);
  await close();
});
