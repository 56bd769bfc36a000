/** @file The page of a model that somebody shared: the model, and nothing of the job that made it. */

import { download, Refusal } from "./api.js";
import { Page } from "./page.js";
import { explain, showModel } from "./showing.js";
import { refusedLink } from "./words.js";

const NAME = "model";

const page = new Page(NAME);
const onLink = (connected) => {
  page.connected = connected;
};

/** Shows the model; its address is the page's own, with one part more. */
async function main() {
  const url = `${window.location.pathname.replace(/\/+$/, "")}/model`;
  try {
    await showModel(page, (onProgress) => download(url, {}, onProgress), onLink);
  } catch (error) {
    page.notice(error instanceof Refusal ? refusedLink(error) : explain(error));
  }
}

main();
