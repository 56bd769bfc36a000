/** @file What once went wrong: odd tokens, broken connections at the wrong moment, texts that were typed too early. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "./support/stage.mjs";

const ONE = "the-first-made-up-token";
const OTHER = "the-second-made-up-token";

const { server, open } = stage({ token: ONE, require_token: "true" });

async function signIn(page, token) {
  const dialog = page.getByRole("dialog", { name: "This server wants a token" });
  await dialog.getByLabel("Token").fill(token);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  return dialog;
}

async function restart(token) {
  await server.kill();
  server.settings.token = token;
  await server.start();
}

for (const odd of ["abc/def==", "abc%20def", "100%", "%C3%BCber"]) {
  test(`a link with what cannot be a token: ${odd}`, async () => {
    const { page, close, problems } = await open();
    await page.goto(`${server.url}/#token=${odd}`);
    await page.getByRole("dialog", { name: "This server wants a token" }).waitFor();
    assert.ok(!page.url().includes("token="));
    assert.deepEqual(problems.filter((one) => /Error/.test(one)), []);
    await close({ tidy: false });
  });
}

test("a token that has a space is said to be none", async () => {
  const { page, close } = await open();
  await page.goto(server.url);
  const dialog = await signIn(page, "two words");
  await dialog.getByText("This cannot be a token").waitFor();
  await close({ tidy: false });
});

test("after the sign-in the view that was opened is there, and the address with a token signs in at any time", async () => {
  const { page, close } = await open();
  await page.goto(`${server.url}/#/new`);
  await (await signIn(page, ONE)).waitFor({ state: "detached" });
  await page.getByText("Drop photos or a folder of photos").waitFor();
  await page.evaluate((token) => (window.location.hash = `#token=${token}`), ONE);
  await page.getByRole("link", { name: /Describe an app/ }).waitFor();
  assert.ok(!page.url().includes("token="));
  await close({ tidy: false });
});

test("the question for a token stays where one goes elsewhere, and a refusal of before the sign-in does not bring it back", async () => {
  const { page, close } = await open();
  let hold;
  const held = new Promise((resolve) => (hold = resolve));
  await page.route("**/health/ready", hold, { times: 1 }); // Asked when the board's stream is refused, for why.
  await page.goto(`${server.url}/#/new`);
  const dialog = page.getByRole("dialog", { name: "This server wants a token" });
  await dialog.waitFor();
  const late = await held;
  await page.evaluate(() => (window.location.hash = "#/server"));
  await page.locator("main[data-view=server]").waitFor();
  assert.ok(await dialog.isVisible());
  await page.evaluate(() => (window.location.hash = "#/new"));
  await (await signIn(page, ONE)).waitFor({ state: "detached" });
  await page.getByText("Drop photos or a folder of photos").waitFor();
  assert.equal(late.request().headers().authorization, undefined);
  const refusal = page.waitForResponse((response) => response.request() === late.request());
  await late.continue();
  assert.equal((await refusal).status(), 401);
  await page.getByRole("link", { name: "Server", exact: true }).click();
  await page.getByText("Ready to work").waitFor();
  assert.equal(await dialog.count(), 0);
  await close({ tidy: false });
});

test("a token that is changed, and changed back, stops nothing for good", { timeout: 180_000 }, async () => {
  const { page, close } = await open();
  await page.goto(`${server.url}/#token=${ONE}`);
  await page.getByRole("link", { name: /Describe an app/ }).waitFor();
  await restart(OTHER);
  const dialog = page.getByRole("dialog", { name: "This server wants a token" });
  await dialog.waitFor();
  await restart(ONE);
  await (await signIn(page, ONE)).waitFor({ state: "detached" });
  await page.getByText("The server is away").waitFor({ state: "hidden" });
  await page.goto(`${server.url}/#/server`);
  await page.getByText("Ready to work").waitFor();
  await close({ tidy: false });
});

test("a view that is opened while the server is away comes by itself when it is back", { timeout: 180_000 }, async () => {
  const { page, close } = await open();
  await page.goto(`${server.url}/#token=${ONE}`);
  await page.getByRole("link", { name: /Describe an app/ }).waitFor();
  await server.kill();
  await page.evaluate(() => (window.location.hash = "#/new"));
  await page.getByText("The server is away").waitFor();
  await server.start();
  await page.getByText("Drop photos or a folder of photos").waitFor();
  await close({ tidy: false });
});

test("no place leads out of the API", async () => {
  const { page, close } = await open();
  for (const place of ["jobs/..", "jobs/%2e%2e", "builds/.", "projects/..%2f..%2fhealth"]) {
    await page.goto(`${server.url}/#token=${ONE}`);
    await page.goto(`${server.url}/#/${place}`);
    await page.getByText(/There is nothing at this address|no such|There is no/i).first().waitFor();
  }
  await close({ tidy: false });
});
