/** @file A server that wants a token. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { serious } from "./support/browser.mjs";
import { PYTHON, ROOT } from "./support/server.mjs";
import { stage } from "./support/stage.mjs";

const TOKEN = "a-made-up-token-of-enough-letters";

const { server, open } = stage({ token: TOKEN, require_token: "true" });

test("it is asked for, wrong ones are told, and the right one opens everything", async () => {
  const { page, close } = await open();
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
  await page.getByText("Your token, default, may do everything.").waitFor();
  assert.ok(!page.url().includes(TOKEN));
  await close({ tidy: false }); // The browser itself notes each 401.
});

test("a link may bring it, and does not keep it", async () => {
  const { page, close } = await open();
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.getByRole("link", { name: /Describe an app/ }).waitFor();
  assert.ok(!page.url().includes(TOKEN));
  await close();
});

test("who may only look can press nothing that starts something, and is told why", async () => {
  const { id } = await server.ask("/upload", { method: "POST", body: photo(), headers: { Authorization: `Bearer ${TOKEN}` } });
  const { page, close } = await open();
  const changes = [];
  page.on("request", (request) => request.method() === "GET" || changes.push(`${request.method()} ${request.url()}`));
  await page.goto(`${server.url}/#token=${added("guest", "read")}`);
  // A row says nothing of what cannot be done: it would be the same in all of them.
  await page.locator(`.board-row[data-id="${id}"]`).waitFor();
  await page.waitForFunction(() => document.querySelectorAll(".board-do button").length === 0);
  await page.getByRole("link", { name: "New", exact: true }).first().click();
  await page.getByRole("link", { name: "Prompt to app" }).click();
  await page.getByLabel("What should it be?").fill("a list of teas");
  const make = page.getByRole("button", { name: "Make the app" });
  assert.equal(await reason(page, make), "Your token, guest, may only look. This needs one that may start and change things.");
  assert.deepEqual(await serious(page), []);
  await make.focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("What should it be?").press("Control+Enter");
  await page.locator(".toast", { hasText: "may only look" }).waitFor();
  await page.goto(`${server.url}/#/jobs/${id}`);
  const remove = page.getByRole("button", { name: "Remove" });
  assert.equal(await reason(page, remove), "Your token, guest, may only look. This needs one that may do everything.");
  assert.deepEqual(await serious(page), []);
  await remove.focus();
  await page.keyboard.press("Enter");
  await page.locator(".toast", { hasText: "do everything" }).waitFor();
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.deepEqual(changes, []);
  await page.goto(`${server.url}/#/server`);
  await page.getByText("Your token, guest, may look.").waitFor();
  await close();
});

test("who may start and cancel may not remove", async () => {
  const { page, close } = await open();
  await page.goto(`${server.url}/#token=${added("robot", "run")}`);
  const row = page.locator(".board-row").first();
  await row.getByRole("button", { name: /^Run again/ }).waitFor();
  await page.waitForFunction(() => ![...document.querySelectorAll(".board-do button")].some((button) => button.textContent === "Remove"));
  await row.locator(".board-name").click();
  const remove = page.getByRole("button", { name: "Remove" });
  assert.equal(await reason(page, remove), "Your token, robot, may look, start and cancel. This needs one that may do everything.");
  assert.equal(await page.getByRole("button", { name: "Retry", exact: true }).getAttribute("aria-disabled"), null);
  await close();
});

test("the page of an app has no buttons for who may only look", async () => {
  const headers = { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" };
  const body = JSON.stringify({ prompt: "a list of teas", generator: "template" });
  const { id } = await server.ask("/api/generate", { method: "POST", headers, body });
  await server.ask(`/api/projects/${id}?cancel_only=true`, { method: "DELETE", headers });
  const address = `${server.url}/api/projects/${id}/preview`;
  const mine = await open();
  await mine.page.goto(`${address}#token=${TOKEN}`);
  await mine.page.locator("#start").waitFor();
  await mine.page.getByRole("button", { name: "Restart" }).waitFor();
  await mine.close({ tidy: false });
  const { page, close } = await open();
  await page.goto(`${address}#token=${added("visitor", "read")}`);
  await page.getByText("Your token may only look: starting it needs one that may start things.").waitFor();
  assert.deepEqual([await page.locator("#start").isVisible(), await page.locator("#restart").isVisible()], [false, false]);
  assert.deepEqual(await serious(page), []);
  await close({ tidy: false }); // There is no app that the browser could load.
});

test("what the server refuses all the same is said in its words, and then the page knows", async () => {
  const { page, close } = await open();
  // As if it had been allowed when the page was opened.
  let asked = 0;
  await page.route("**/api/me", (route) => (++asked > 1 ? route.continue() : route.fulfill({ json: { name: "late", scope: "run", expires: null } })));
  await page.goto(`${server.url}/#token=${added("late", "read")}`);
  await page.getByRole("link", { name: "New", exact: true }).first().click();
  await page.getByRole("link", { name: "Prompt to app" }).click();
  await page.getByLabel("What should it be?").fill("a list of teas");
  await page.getByRole("button", { name: "Make the app" }).click();
  await page.getByText(/this needs a token that may run/).first().waitFor();
  assert.match(await reason(page, page.getByRole("button", { name: "Make the app" })), /^Your token, late, may only look/);
  assert.equal(asked, 2);
  await close({ tidy: false }); // The browser itself notes each 403.
});

/** Why a button cannot be pressed, as it is read out. */
async function reason(page, button) {
  await button.and(page.locator('[aria-disabled="true"][aria-describedby]')).waitFor();
  return button.evaluate((one) => one.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).textContent).join(" "));
}

/** A job of one photo, done at once. */
function photo() {
  const form = new FormData();
  form.append("images", new Blob([readFileSync(new URL("../../client/samples/mini/IMG_0000.jpg", import.meta.url))], { type: "image/jpeg" }), "a.jpg");
  form.append("engine", "simulated");
  form.append("params", JSON.stringify({ speed: 0, steps: 5, detail: 0 }));
  return form;
}

/** A token made while the server runs. */
function added(name, scope) {
  const given = ["-m", "client", "--json", "token", "add", name, "--scope", scope, "--data-dir", join(server.directory, "data")];
  return JSON.parse(execFileSync(PYTHON, given, { cwd: server.directory, env: { ...process.env, PYTHONPATH: ROOT } })).token;
}
