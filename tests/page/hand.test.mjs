/** @file What a person does in a project without asking for it: files, tools, and what a change may cost. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { serious } from "./support/browser.mjs";
import { stage } from "./support/stage.mjs";

const LONG_MS = 120_000;

let id;
const { server, open } = stage({}, { begin: make });

async function make(started) {
  ({ id } = await started.post("/api/generate", { prompt: "a list of teas to taste", generator: "template" }));
  for (const deadline = Date.now() + LONG_MS; ; ) {
    const { state } = await started.ask(`/api/projects/${id}`);
    if (state === "succeeded") return;
    assert.ok(Date.now() < deadline, `it is ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Writes a file of the project past the page. */
const write = (path, content) => server.post(`/api/projects/${id}/tools/write_file`, { path, content });

/** What is in one. */
async function content(path) {
  return (await fetch(`${server.url}/api/projects/${id}/files/${path}`)).text();
}

test("a file is changed by hand, and what was typed survives a look elsewhere", { timeout: LONG_MS }, async () => {
  await write("notes.txt", "one\n");
  const { page, close } = await open();
  await page.goto(`${server.url}/#/projects/${id}/files/notes.txt`);
  await page.getByRole("button", { name: "Edit" }).click();
  const box = page.getByRole("textbox", { name: "What is in notes.txt" });
  await box.fill("one\ntwo\n");
  assert.deepEqual(await serious(page), []);
  await page.getByRole("link", { name: "Log", exact: true }).click();
  await box.waitFor({ state: "detached" });
  await page.goBack();
  assert.equal(await box.inputValue(), "one\ntwo\n");
  await page.getByRole("treeitem", { name: /notes\.txt not saved/ }).waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await box.waitFor({ state: "detached" });
  await page.waitForFunction(() => document.activeElement?.textContent?.trim() === "Edit");
  assert.equal(await content("notes.txt"), "one\ntwo\n");
  const { versions } = await server.ask(`/api/projects/${id}/versions`);
  assert.match(JSON.stringify(versions[0]), /notes\.txt/);
  await close();
});

test("what somebody else wrote meanwhile is not replaced without a question", { timeout: LONG_MS }, async () => {
  await write("shared.txt", "one\n");
  const { page, close } = await open();
  await page.goto(`${server.url}/#/projects/${id}/files/shared.txt`);
  await page.getByRole("button", { name: "Edit" }).click();
  const box = page.getByRole("textbox", { name: "What is in shared.txt" });
  await box.fill("mine\n");
  await write("shared.txt", "theirs\n");
  await page.getByText("changed by somebody else").first().waitFor();
  assert.equal(await box.inputValue(), "mine\n");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Keep it" }).click();
  assert.equal(await content("shared.txt"), "theirs\n");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save mine" }).click();
  await box.waitFor({ state: "detached" });
  assert.equal(await content("shared.txt"), "mine\n");
  await close();
});

test("a tool is run by hand, and its refusal says what to do", { timeout: LONG_MS }, async () => {
  await write("poem.txt", "tea\nin the garden\n");
  await write("slow.mjs", "setTimeout(() => {}, 60_000);\n");
  const { page, close } = await open();
  await page.goto(`${server.url}/#/projects/${id}/tools`);
  await page.getByRole("combobox", { name: "Tool" }).selectOption("read_file");
  assert.deepEqual(await serious(page), []);
  await page.getByRole("textbox", { name: "Path" }).fill("poem.txt");
  assert.match(page.url(), /tools\/read_file$/);
  await page.getByRole("button", { name: "Run" }).click();
  const result = page.getByRole("status", { name: "Result" });
  await result.getByText("in the garden").waitFor();
  await page.getByText("By hand").first().waitFor();
  await page.getByRole("textbox", { name: "Path" }).fill("../secret");
  await page.getByRole("button", { name: "Run" }).click();
  await result.getByText("It did not work").waitFor();
  assert.deepEqual(await serious(page), []);
  await page.getByRole("combobox", { name: "Tool" }).selectOption("run_command");
  await page.getByRole("textbox", { name: "Command" }).fill("node slow.mjs");
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  await result.getByText("It was stopped.").waitFor();
  await page.getByRole("link", { name: "Log", exact: true }).click();
  await page.goBack();
  assert.match(await page.getByRole("textbox", { name: "Command" }).inputValue(), /^node slow/);
  await close();
});

test("what a change may cost is asked where it costs something", { timeout: LONG_MS }, async () => {
  const { page, close } = await open();
  await page.goto(`${server.url}/#/projects/${id}`);
  await page.getByRole("textbox", { name: "What to change" }).waitFor();
  assert.equal(await page.getByText("What it may cost").count(), 0);
  await page.route("**/api/generators", async (route) => {
    const answer = await route.fetch();
    const known = await answer.json();
    for (const one of known.generators) if (one.name === "template") one.title += "; it costs money";
    await route.fulfill({ response: answer, json: known });
  });
  await page.reload();
  await page.getByText("What it may cost").click();
  const dollars = page.getByRole("textbox", { name: /Stop when the project has cost/ });
  await page.getByRole("textbox", { name: "What to change" }).fill('Call it "Leaves"');
  await dollars.fill("much");
  assert.ok(await page.getByRole("button", { name: "Send" }).isDisabled());
  assert.deepEqual(await serious(page), []);
  await dollars.fill("2,50");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("Leaves").first().waitFor();
  await page.waitForFunction(() => document.querySelector("#project-prompt")?.value === "");
  assert.equal((await server.ask(`/api/projects/${id}`)).budget.cost_usd, 2.5);
  await close();
});
