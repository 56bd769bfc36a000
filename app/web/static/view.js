/** @file The page of one job: follows it while it works, shows its model when there is one. */

import { isFinal, JobApi, Refusal } from "./api.js";
import { follow, patiently } from "./follow.js";
import { Page } from "./page.js";
import { Session } from "./session.js";
import { explain, showModel } from "./showing.js";
import { ending, refused, situation } from "./words.js";

const UPDATE_MS = 60;

const session = new Session();
const api = new JobApi(window.location, session);
const page = new Page(api.id);
const onLink = (connected) => {
  page.connected = connected;
};

/** Goes from whatever the job is doing now to what came of it. */
async function showJob() {
  page.phase = "connecting";
  let status = await patiently(() => api.status(), onLink);
  onLink(true);
  page.facts(status);
  if (!isFinal(status.state)) {
    await watch(status);
    status = await patiently(() => api.status(), onLink);
    onLink(true);
    page.facts(status);
  }
  if (status.state === "succeeded") await showModel(page, (onProgress) => api.model(onProgress), onLink);
  else page.notice(ending(status));
}

/** @param {import("./api.js").Status} first */
async function watch(first) {
  const status = { ...first };
  let timer = 0;
  const update = () => {
    timer = 0;
    const known = status.state === "running";
    page.progress(situation(status), known ? status.percent ?? 0 : null);
  };
  const onEvent = ({ type, data }) => {
    if (type === "log") page.log(String(data.message ?? ""));
    else Object.assign(status, type === "gap" ? data.snapshot : data);
    // A replay brings many events at once; the page needs the last of them only.
    timer ||= window.setTimeout(update, UPDATE_MS);
  };
  page.phase = "working";
  update();
  try {
    await follow(api, { onEvent, onLink });
  } finally {
    window.clearTimeout(timer);
    page.log("");
  }
}

/** Shows the job, and asks for a token as long as the server wants one. */
async function main() {
  for (;;) {
    try {
      return await showJob();
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 401)) return page.notice(error instanceof Refusal ? refused(error) : explain(error));
      session.token = await page.askForToken(session.token !== "");
    }
  }
}

main();
