/** @file Makes the pictures of the documentation anew: `TEST_PYTHON=.venv/bin/python node tests/page/shots.mjs`. Look at them. */

import { mkdirSync, readdirSync } from "node:fs";
import { DESKTOP, launch, open, PHONE } from "./support/browser.mjs";
import { Orchestrator } from "./support/orchestrator.mjs";
import { Server } from "./support/server.mjs";

const TARGET = new URL("../../docs/images/", import.meta.url).pathname;
const SAMPLES = new URL("../../client/samples/mini/", import.meta.url).pathname;
const LONG_MS = 240_000;

const orchestrator = await new Orchestrator().reserve();
const server = await new Server({ default_engine: "pixelmap", orchestrator_url: orchestrator.url, pipeline: "template" }).start();
orchestrator.start(server);
const browser = await launch();
mkdirSync(TARGET, { recursive: true });
try {
  const made = await prepare();
  for (const [size, viewport] of [["desktop", DESKTOP], ["phone", PHONE]]) {
    for (const colorScheme of ["light", "dark"]) await shoot(made, `${size}-${colorScheme}`, { viewport, colorScheme });
  }
} finally {
  await browser.close();
  await orchestrator.end();
  await server.end();
}

/** Has something of everything on the server. */
async function prepare() {
  const model = await upload();
  const project = await server.post("/api/generate", { prompt: "a habit tracker with streaks", generator: "template" });
  await until(async () => (await server.ask(`/api/projects/${project.id}`)).state === "succeeded");
  await server.post(`/api/projects/${project.id}/messages`, { prompt: 'Call it "Every day"', generator: "template" });
  const build = await orchestrator.ask("a page for a bakery with opening hours");
  await until(async () => (await server.ask(`/jobs/${model}`)).state === "succeeded");
  await until(async () => (await server.ask(`/api/projects/${project.id}`)).state === "succeeded");
  await server.job({ speed: 0, steps: 5, detail: 0 });
  await server.job({ speed: 1, steps: 1000 });
  await until(async () => (await server.ask(`/api/builds/${build}`)).state === "succeeded");
  return { model, build, project: project.id };
}

async function shoot({ model, build, project }, name, options) {
  const { page, close } = await open(browser, options);
  const shot = async (what, place, ready) => {
    await page.goto(`${server.url}/#/${place}`);
    await ready();
    await page.waitForTimeout(1500); // pictures within it fade in
    await page.screenshot({ path: `${TARGET}${what}-${name}.jpg`, type: "jpeg", quality: 82 });
  };
  const tab = (title) => page.getByRole("link", { name: title, exact: true }).first().waitFor();
  await shot("board", "", () => page.locator("[data-id]").first().waitFor());
  await shot("new-photos", "new", async () => {
    const files = readdirSync(SAMPLES).filter((one) => one.endsWith(".jpg"));
    await page.locator("input[data-pick=files]").setInputFiles(files.map((one) => SAMPLES + one));
    await page.getByRole("button", { name: /Make a model of/ }).waitFor();
  });
  await shot("new-app", "new?kind=app", () => page.getByLabel("What should it be?").waitFor());
  await shot("new-build", "new?kind=build", () => page.getByLabel("What is to be built?").waitFor());
  await shot("job", `jobs/${model}`, () => page.waitForFunction(() => document.querySelector("model-viewer")?.modelIsVisible, null, { timeout: 60_000 }));
  await shot("project", `projects/${project}`, () => page.locator(".project-ended").nth(1).waitFor());
  await shot("project-files", `projects/${project}/files/src/idea.js`, () => tab("Files"));
  await shot("project-versions", `projects/${project}/versions`, () => tab("Versions"));
  await shot("project-tools", `projects/${project}/tools/run_command`, () => page.getByRole("textbox", { name: "Command" }).waitFor());
  await shot("build", `builds/${build}`, () => page.frameLocator("iframe").frameLocator("iframe").locator("h1").first().waitFor());
  await shot("server", "server", () => page.getByText(/L2|L1|L0/).first().waitFor());
  await close({ tidy: false });
}

async function upload() {
  const form = new FormData();
  const { readFileSync } = await import("node:fs");
  for (const name of readdirSync(SAMPLES).filter((one) => one.endsWith(".jpg"))) {
    form.append("images", new Blob([readFileSync(SAMPLES + name)], { type: "image/jpeg" }), name);
  }
  return (await server.ask("/upload", { method: "POST", body: form })).id;
}

async function until(condition) {
  const deadline = Date.now() + LONG_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("it took too long");
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
