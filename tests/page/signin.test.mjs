/** @file A server that wants a token. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, serious } from "./support/browser.mjs";
import { Server } from "./support/server.mjs";

const TOKEN = "a-made-up-token-of-enough-letters";

let server;
let browser;

before(async () => {
  server = await new Server({ token: TOKEN, require_token: "true" }).start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.end();
});

test("it is asked for, wrong ones are told, and the right one opens everything", async () => {
  const { page, close } = await open(browser);
  await page.goto(server.url);
  const dialog = page.getByRole("dialog", { name: "This server wants a token" });
  await dialog.getByLabel("Token").fill("a-wrong-one");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.getByText("This token is not right.").waitFor();
  assert.deepEqual(await serious(page), []);
  await dialog.getByLabel("Token").fill(TOKEN);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("link", { name: /Describe an app/ }).waitFor();
  await page.goto(`${server.url}/#/server`);
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  assert.ok(!page.url().includes(TOKEN));
  await close({ tidy: false }); // The browser itself notes each 401.
});

test("a link may bring it, and does not keep it", async () => {
  const { page, close } = await open(browser);
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.getByRole("link", { name: /Describe an app/ }).waitFor();
  assert.ok(!page.url().includes(TOKEN));
  await close();
});
