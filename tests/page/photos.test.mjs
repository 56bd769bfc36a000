/** @file From dropped photos to a model that turns under the mouse, and a link that shows it to somebody else. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { serious } from "./support/browser.mjs";
import { stage } from "./support/stage.mjs";

const SAMPLES = new URL("../../client/samples/mini/", import.meta.url);
const PHOTOS = readdirSync(SAMPLES).filter((name) => name.endsWith(".jpg")).sort();
const LONG_MS = 240_000;

const { server, open } = stage({ default_engine: "pixelmap" });

const content = (name) => ({ name, content: readFileSync(new URL(name, SAMPLES)).toString("base64") });

/** Drops files on the page, as a person would; it has to listen. */
async function drop(page, names) {
  assert.ok(await page.evaluate(letGo, names.map(content)), "nothing on the page listens to what is dropped");
}

/** In the page: lets files go over it, and says whether it heard of them (a browser that is left to itself opens them). */
function letGo(files) {
  const transfer = new DataTransfer();
  for (const { name, content } of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
  }
  const gone = ["dragenter", "dragover", "drop"].map((type) =>
    document.querySelector("main").dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer })),
  );
  return !gone.at(-1);
}

test("six photos become a model that turns, and that a link shares", { timeout: 2 * LONG_MS }, async () => {
  const { page, problems, close } = await open();
  await page.goto(`${server.url}/#/new`);
  await page.getByText("Drop photos or a folder of photos").waitFor();
  await drop(page, PHOTOS);
  assert.equal(PHOTOS.length, 6);
  await page.getByRole("button", { name: "Remove IMG_0005.jpg" }).waitFor();
  assert.deepEqual(await serious(page), []);
  await page.getByRole("button", { name: "Make a model of 6 photos" }).click();
  await page.waitForURL(/#\/jobs\/job-/);
  const id = /#\/jobs\/([^/]+)/.exec(page.url())[1];
  await page.getByRole("region", { name: "The model", exact: true }).waitFor({ timeout: LONG_MS });
  const viewer = page.locator("model-viewer");
  await page.waitForFunction(() => document.querySelector("model-viewer")?.modelIsVisible, null, { timeout: 60_000 });
  await turns(page, viewer);
  assert.deepEqual(await serious(page), []);
  const job = await server.ask(`/jobs/${id}`);
  assert.deepEqual([job.state, job.engine, job.images], ["succeeded", "pixelmap", 6]);
  const address = await share(page);
  const other = await open();
  await other.page.goto(address);
  await other.page.locator("canvas").waitFor();
  await other.page.getByText("A shared model").first().waitFor();
  await other.close();
  // Of the viewer's own: it warns of its libraries, not of the page.
  assert.deepEqual(problems, []);
  await close();
});

test("photos that are let go as soon as the zone is there are taken", async () => {
  const { page, close } = await open();
  await page.addInitScript(`
    const files = ${JSON.stringify([content(PHOTOS[0])])};
    const watch = new MutationObserver(() => {
      if (!document.querySelector("main")?.textContent.includes("Drop photos or a folder")) return;
      watch.disconnect();
      window.taken = (${letGo})(files);
    });
    watch.observe(document, { childList: true, subtree: true, characterData: true });
  `);
  await page.goto(`${server.url}/#/new`);
  const taken = await page.waitForFunction(() => window.taken !== undefined && { it: window.taken });
  assert.deepEqual(await taken.jsonValue(), { it: true });
  await page.getByRole("button", { name: `Remove ${PHOTOS[0]}` }).waitFor();
  await close();
});

test("too few photos for an engine are told before any is sent", async () => {
  const { page, close } = await open();
  const least = 4; // Another number than the engine's own: the page goes by what the server says.
  await page.route("**/engines", async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    json.engines.find((engine) => engine.name === "pixelmap").min_images = least;
    await route.fulfill({ response, json });
  });
  const changes = [];
  page.on("request", (request) => request.method() === "GET" || changes.push(request.url()));
  await page.goto(`${server.url}/#/new`);
  await page.getByText("Drop photos or a folder of photos").waitFor();
  await drop(page, PHOTOS.slice(0, least - 1));
  const told = page.getByRole("region", { name: "Photos" }).getByText("The engine pixelmap needs 4 photos at least. Add 1 more.");
  await told.waitFor();
  const start = page.getByRole("button", { name: "Make a model of 3 photos" });
  assert.equal(await start.getAttribute("aria-disabled"), "true");
  const why = await start.getAttribute("aria-describedby");
  assert.match(await page.locator(`[id="${why}"]`).textContent(), /needs 4 photos/);
  assert.deepEqual(await serious(page), []);
  await start.focus();
  await page.keyboard.press("Enter");
  assert.deepEqual(changes, []);
  await page.getByText("Simulated", { exact: false }).first().click();
  await told.waitFor({ state: "detached" });
  await page.getByText("Pixelmap", { exact: false }).first().click();
  await told.waitFor();
  await drop(page, PHOTOS.slice(least - 1, least));
  await told.waitFor({ state: "detached" });
  const enough = page.getByRole("button", { name: "Make a model of 4 photos" });
  assert.equal(await enough.getAttribute("aria-disabled"), null);
  await close();
});

test("the server is killed in the middle of the upload: it goes on, and no photo is lost", { timeout: LONG_MS }, async () => {
  const { page, close } = await open();
  let sent = 0;
  let dead = null;
  await page.route("**/uploads/*/files/*", async (route) => {
    sent += 1;
    // What the third one's connection sees is a reset; the ones beside it may see anything.
    if (sent === 3) dead = server.kill().then(() => server.start());
    await route.continue();
  });
  await page.goto(`${server.url}/#/new`);
  await page.getByText("Drop photos or a folder of photos").waitFor();
  await drop(page, PHOTOS);
  await page.getByText("Simulated", { exact: false }).first().click();
  await page.getByRole("button", { name: "Make a model of 6 photos" }).click();
  await page.waitForURL(/#\/jobs\/job-/, { timeout: 120_000 });
  assert.ok(dead !== null, "it was not killed");
  await dead;
  const id = /#\/jobs\/([^/]+)/.exec(page.url())[1];
  assert.equal((await server.ask(`/jobs/${id}`)).images, 6);
  await close();
});

/** What is drawn is not blank, and is another picture when it was dragged. */
async function turns(page, viewer) {
  const before = await drawn(page, viewer);
  const box = await viewer.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 220, box.y + box.height / 2 + 30, { steps: 12 });
  await page.mouse.up();
  for (let tries = 0; tries < 50; tries += 1) {
    if (!(await viewer.screenshot()).equals(before)) return;
    await page.waitForTimeout(200); // between two looks: the viewer draws when it has time
  }
  assert.fail("the model does not turn");
}

/** A picture of the model, which the viewer says to be visible before it is drawn. */
async function drawn(page, viewer) {
  for (let tries = 0; tries < 50; tries += 1) {
    const picture = await viewer.screenshot();
    if ((await colours(page, picture)) > 200) return picture;
    await page.waitForTimeout(200); // the same
  }
  return assert.fail("the picture of the model is blank");
}

/** How many colours a picture has. */
function colours(page, png) {
  return page.evaluate(async (content) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const found = new Set();
    for (let at = 0; at < data.length; at += 4) found.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    return found.size;
  }, png.toString("base64"));
}

async function share(page) {
  await page.getByRole("button", { name: "Share a link" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /Make|Create/ }).click();
  const field = dialog.locator("input[readonly]");
  await field.waitFor();
  const address = await field.inputValue();
  await page.keyboard.press("Escape");
  return address;
}
