/** @file From a model that is still on the server to one that turns on the page, or to words for why it does not. */

import { patiently } from "./follow.js";
import { ModelError } from "./glb.js";
import { readModel } from "./model.js";
import { part } from "./page.js";
import { NoGraphics } from "./renderer.js";
import { Viewer } from "./viewer.js";
import { size } from "./words.js";

const MODEL_TYPE = "model/gltf-binary";

/**
 * Downloads the model and draws it; what cannot be drawn can still be saved.
 *
 * @param {import("./page.js").Page} page
 * @param {(onProgress: (done: number, total: number) => void) => Promise<ArrayBuffer>} fetchModel
 * @param {(connected: boolean) => void} onLink
 */
export async function showModel(page, fetchModel, onLink) {
  page.phase = "loading";
  page.progress({ title: "Loading the model", detail: "" }, null);
  const onProgress = (done, total) => {
    const known = total > 0;
    const detail = known ? `${size(done)} of ${size(total)}` : size(done);
    page.progress({ title: "Loading the model", detail }, known ? (100 * done) / total : null);
  };
  const buffer = await patiently(() => fetchModel(onProgress), onLink);
  onLink(true);
  const file = new Blob([buffer], { type: MODEL_TYPE });
  page.offer(file);
  const model = readModel(buffer);
  if (model.simulated) page.simulated();
  const canvas = /** @type {HTMLCanvasElement} */ (part("model"));
  const viewer = new Viewer(canvas, { touched: () => page.touched() });
  await viewer.show(model);
  page.connectTools(viewer);
  page.shown(model, file);
}

/** @param {unknown} error @returns {{title: string, text: string, advice: string[]}} Why a model is not shown. */
export function explain(error) {
  const save = "The model itself is fine to download, and opens in any program that reads .glb files.";
  if (error instanceof NoGraphics) {
    const advice = ["Turn on graphics acceleration in the browser's settings, or open the page in another browser.", save];
    return { title: "This browser cannot draw in 3D", text: "WebGL 2 is turned off or not available.", advice };
  }
  if (error instanceof ModelError) return { title: "This model cannot be shown here", text: error.message, advice: [save] };
  return { title: "Something went wrong on this page", text: String(error), advice: ["Load the page again."] };
}
