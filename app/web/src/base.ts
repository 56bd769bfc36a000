/** @file Where the server is: the page is at its root, or below a path when a proxy has put it there. */

const ROOT = new URL(".", window.location.href);

/** Where the server's addresses begin, without a slash at the end. */
export const root = ROOT.href.replace(/\/$/, "");

/** The address of something on the server, of which the API names the path from its root. */
export function at(path: string): string {
  return new URL(path.replace(/^\//, ""), ROOT).href;
}
