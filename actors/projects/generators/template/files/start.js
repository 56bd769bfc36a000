// Puts the app together: what it is about, where its items are, and how they are shown.
import idea from "./idea.js";
import { mount } from "./lib/page.js";
import { openStorage } from "./lib/storage.js";
import { createView } from "./view.js";

/** Shows the app in an element; what it gives takes the app away again. */
export function start(root) {
  return mount(root, { idea, storage: openStorage(idea), createView });
}
