/** @file Every view in both schemes and on both sizes: nothing serious for axe, nothing wider than the window, quick to see. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DESKTOP, PHONE, serious } from "./support/browser.mjs";
import { stage } from "./support/stage.mjs";

const places = ["", "new", "new?kind=app", "server", "nothing/here"];

const { server, open } = stage({}, { begin: fill });

/** Has something of everything on the server. @param {import("./support/server.mjs").Server} server */
async function fill(server) {
  const done = await server.job({ speed: 0, steps: 5, detail: 0 });
  const running = await server.job({ speed: 60, steps: 1000 }); // Longer than all tests together.
  await server.post("/api/build", { runId: "run-1", prompt: "a page for a bakery", workspaceId: "bakery" });
  const project = await server.post("/api/generate", { prompt: "a habit tracker", generator: "template" });
  places.push(`jobs/${done}`, `jobs/${running}`, "builds/run-1", `projects/${project.id}`, `projects/${project.id}/versions`, "jobs/job-none");
}

/** Goes to another place in the page, and comes back when the page has heard of it: until then it shows the one before. */
function come(page, hash) {
  return page.evaluate(
    (where) =>
      new Promise((resolve) => {
        window.addEventListener("hashchange", () => setTimeout(resolve), { once: true });
        window.location.hash = where;
      }),
    hash,
  );
}

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [DESKTOP, PHONE]) {
    test(`${colorScheme}, ${viewport.width} pixels wide`, { timeout: 240_000 }, async () => {
      const { page, close } = await open({ colorScheme, viewport });
      await page.goto(`${server.url}/#/none`);
      for (const place of places) {
        await come(page, `#/${place}`);
        await page.waitForFunction(() => document.querySelector("main")?.innerText.trim() && !document.querySelector("main .loading"));
        assert.deepEqual(await serious(page), [], place);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wide <= 0, `${place} is ${wide} pixels wider than the window`);
      }
      // Of a job that is not there the browser notes the 404.
      await close({ tidy: false });
    });
  }
}

test("the largest part is painted soon", async () => {
  const { page, close } = await open();
  await page.goto(server.url);
  await page.locator("main a").first().waitFor();
  const painted = await page.evaluate(
    () =>
      new Promise((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime)).observe({ type: "largest-contentful-paint", buffered: true });
      }),
  );
  console.log(`largest contentful paint after ${painted.toFixed(0)} ms`);
  assert.ok(painted > 0);
  await close();
});

/** The id of what has the focus. */
const focused = (page) => page.evaluate(() => document.activeElement?.id);

test("the keyboard is enough", async () => {
  const { page, close } = await open();
  await page.goto(server.url);
  await page.locator("[data-id]").first().waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  const row = await focused(page);
  assert.match(row, /^row-/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/#\/(jobs|builds|projects)\//);
  await page.locator("[data-id]").first().waitFor({ state: "detached" });
  await page.goBack();
  await page.locator("[data-id]").first().waitFor();
  assert.equal(await focused(page), row);
  await page.keyboard.press("n");
  await page.getByRole("heading", { name: "Start something new" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.goBack(); // with a dialog open, which goes with it
  await page.locator("[data-id]").first().waitFor();
  assert.equal(await focused(page), row);
  await close();
});
