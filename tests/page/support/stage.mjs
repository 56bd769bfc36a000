/** @file What the tests of a file share: a server and a browser, from before the first of them until after the last. */

import { after, before } from "node:test";
import { launch, open } from "./browser.mjs";
import { Server } from "./server.mjs";

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
  after(async () => {
    await browser?.close();
    await end?.();
    await server.end();
  });
  return {
    server,
    /** Opens a page, see `browser.mjs`. @param {import("playwright-core").BrowserContextOptions} [options] */
    open: (options) => open(browser, options, () => server.kills),
  };
}
