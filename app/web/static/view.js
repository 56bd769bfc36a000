/** @file The page of one job: follows it while it works, shows its model when there is one. */

import { isFinal, JobApi, Refusal } from "./api.js";
import { follow, patiently } from "./follow.js";
import { ModelError } from "./glb.js";
import { readModel } from "./model.js";
import { Page, part } from "./page.js";
import { NoGraphics } from "./renderer.js";
import { Session } from "./session.js";
import { Viewer } from "./viewer.js";
import { ending, refused, situation, size } from "./words.js";

const UPDATE_MS = 60;
const MODEL_TYPE = "model/gltf-binary";

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
  if (status.state === "succeeded") await showModel();
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

/** Downloads the model and draws it; what cannot be drawn can still be saved. */
async function showModel() {
  page.phase = "loading";
  page.progress({ title: "Loading the model", detail: "" }, null);
  const onProgress = (done, total) => {
    const known = total > 0;
    const detail = known ? `${size(done)} of ${size(total)}` : size(done);
    page.progress({ title: "Loading the model", detail }, known ? (100 * done) / total : null);
  };
  const buffer = await patiently(() => api.model(onProgress), onLink);
  onLink(true);
  const file = new Blob([buffer], { type: MODEL_TYPE });
  page.offer(file);
  const model = readModel(buffer);
  const canvas = /** @type {HTMLCanvasElement} */ (part("model"));
  const viewer = new Viewer(canvas, { touched: () => page.touched() });
  await viewer.show(model);
  page.connectTools(viewer);
  page.shown(model, file);
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof Refusal) return refused(error);
  const save = "The model itself is fine to download, and opens in any program that reads .glb files.";
  if (error instanceof NoGraphics) {
    const advice = ["Turn on graphics acceleration in the browser's settings, or open the page in another browser.", save];
    return { title: "This browser cannot draw in 3D", text: "WebGL 2 is turned off or not available.", advice };
  }
  if (error instanceof ModelError) return { title: "This model cannot be shown here", text: error.message, advice: [save] };
  return { title: "Something went wrong on this page", text: String(error), advice: ["Load the page again."] };
}

/** Shows the job, and asks for a token as long as the server wants one. */
async function main() {
  for (;;) {
    try {
      return await showJob();
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 401)) return page.notice(explain(error));
      session.token = await page.askForToken(session.token !== "");
    }
  }
}

main();
