/** @file What the tests of a file share: a server and a browser, from before the first of them until after the last. */

import { after, before } from "node:test";
import { launch, open } from "./browser.mjs";
import { Server } from "./server.mjs";

const LOOK_MS = 5_000;
const MOST_CHARACTERS = 2_000;

/**
 * Starts both before the tests of the file that calls this, and ends both after them.
 *
 * @param {Record<string, string>} [settings] The server's.
 * @param {{begin?: (server: Server) => unknown, end?: () => unknown}} [more] What to do once the server runs, and before
 *   it ends. Not hooks of their own: those of a file begin all at once.
 */
export function stage(settings, { begin, end } = {}) {
  const server = new Server(settings);
  let browser;
  before(async () => {
    await server.start();
    await begin?.(server);
    browser = await launch();
  });
  const pages = new Set();
  after(async () => {
    for (const state of await Promise.all([...pages].map(stateOf))) console.log(state);
    await browser?.close();
    await end?.();
    await server.end();
  });
  return {
    server,
    /** Opens a page, see `browser.mjs`. @param {import("playwright-core").BrowserContextOptions} [options] */
    open: async (options) => {
      const opened = await open(browser, options, () => server.kills);
      pages.add(opened);
      opened.page.on("close", () => pages.delete(opened));
      return opened;
    },
  };
}

/** What is on a page that its test did not close, since it failed: why cannot be seen from what it waited for. */
async function stateOf({ page, problems }) {
  const text = await page.locator("body").innerText({ timeout: LOOK_MS }).catch((error) => `not to be had: ${error}`);
  return `left open: ${page.url()}\nits complaints: ${JSON.stringify(problems)}\nits text: ${text.slice(0, MOST_CHARACTERS)}`;
}
