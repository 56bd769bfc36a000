/** @file Chromium, driven by Playwright, and what every page has to keep. */

import assert from "node:assert/strict";
import { accessSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** How long anything may take on a busy machine before it counts as never. */
const PATIENCE_MS = 60_000;

/** Sizes of windows. */
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** Starts the browser. */
export function launch() {
  // The models are drawn by the processor; names below localhost are this machine, as in a browser that people use.
  const args = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--no-sandbox"];
  return chromium.launch({ executablePath: program(), args });
}

/**
 * Opens a page that must not complain: errors, and what the policy refused, fail the test at the end.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {import("playwright-core").BrowserContextOptions} [options]
 * @param {() => number} [kills] How often the server was killed: what a browser says of that is no complaint.
 */
export async function open(browser, options = {}, kills = () => 0) {
  const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const problems = [];
  const before = kills();
  page.on("pageerror", (error) => problems.push(`${error}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !expected(message.text(), kills() > before)) problems.push(message.text());
  });
  const close = async ({ tidy = true } = {}) => {
    await context.close();
    if (tidy) assert.deepEqual(problems, []);
  };
  return { page, problems, close };
}

/** What axe finds that is serious or worse. @param {import("playwright-core").Page} page */
export async function serious(page) {
  // Given to the page past its policy, which lets no other script in.
  await page.evaluate(`(() => { ${(await import("node:fs")).readFileSync(AXE, "utf8")} })()`);
  const found = await page.evaluate(async () => (await window.axe.run(document, { iframes: false })).violations);
  return found
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
}

// A page that is left closes its WebSocket, which may not be open yet. What a dead server looks like has many names: by
// when the connection came to its end, which may be before Chromium first looks at it (the last of them).
function expected(text, killed) {
  const gone = /net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED|ABORTED)|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)/;
  return /WebSocket connection to/.test(text) || (killed && gone.test(text));
}

function program() {
  for (const directory of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of NAMES) {
      try {
        accessSync(join(directory, name), 1);
        return join(directory, name);
      } catch {
        // It is not here.
      }
    }
  }
  throw new Error(`none of these is installed: ${NAMES.join(", ")}`);
}
