/** @file Types and states in words and icons: never in colours alone. */

const CHECK = "M5 12.5l4.5 4.5L19 7.5";
const CROSS = "M6 6l12 12M18 6L6 18";
const RING = "M12 5a7 7 0 1 0 7 7";
const DASH = "M6 12h12";
const WARN = "M12 4 21 19H3zM12 10v4M12 16.5v.5";

/** @type {Record<string, {word: string, icon: string}>} */
export const MESSAGE = {
  status: { word: "Status", icon: "M5 12h9M11 8l4 4-4 4" },
  action: { word: "Action", icon: "M7 5l10 7-10 7z" },
  success: { word: "Success", icon: CHECK },
  error: { word: "Error", icon: CROSS },
  warning: { word: "Warning", icon: WARN },
  assistant: { word: "Assistant", icon: "M5 6h14v9h-8l-4 4v-4H5z" },
};

/** @type {Record<string, {word: string, icon: string, tone: string}>} */
export const STATE = {
  starting: { word: "Asking the agent", icon: RING, tone: "busy" },
  building: { word: "Building", icon: RING, tone: "busy" },
  built: { word: "Built", icon: CHECK, tone: "good" },
  failed: { word: "Failed", icon: CROSS, tone: "bad" },
  cancelled: { word: "Cancelled", icon: DASH, tone: "idle" },
};

/** @type {Record<string, {word: string, tone: string}>} */
export const APP = {
  none: { word: "Not there yet", tone: "idle" },
  starting: { word: "Starting", tone: "busy" },
  checking: { word: "Checking its health", tone: "busy" },
  healthy: { word: "Healthy", tone: "good" },
  unhealthy: { word: "Not healthy", tone: "bad" },
  stopped: { word: "Stopped", tone: "idle" },
};

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

/** @param {string} timestamp @returns {string} */
export const clock = (timestamp) => CLOCK.format(new Date(timestamp));

/** @param {string} timestamp @returns {string} */
export const day = (timestamp) => DAY.format(new Date(timestamp));

/** @param {import("./api.js").Run} run @returns {boolean} */
export const hasEnded = (run) => ["built", "failed", "cancelled"].includes(run.state);

/** @param {import("./api.js").Run} run @returns {boolean} */
export const appLives = (run) => ["starting", "checking", "healthy", "unhealthy"].includes(run.app.state);

/**
 * Says how a run is in a word or two: its app, where it is built.
 *
 * @param {import("./api.js").Run} run
 * @returns {{word: string, tone: string}}
 */
export function summary(run) {
  if (run.state !== "built") return STATE[run.state];
  const app = APP[run.app.state];
  return run.app.state === "stopped" ? { word: "Stopped", tone: "idle" } : app;
}

/**
 * Says why there is no app to see.
 *
 * @param {import("./api.js").Run} run
 * @returns {{title: string, text: string}}
 */
export function absence(run) {
  if (run.app.state === "stopped") return { title: "The app is stopped", text: sentence(run.app.detail) };
  if (run.app.state === "unhealthy") {
    return { title: "The app is not healthy", text: `${sentence(run.app.detail)} The output below may say why.` };
  }
  if (run.app.state === "checking") return { title: "Looking whether the app is healthy", text: "It has been started." };
  if (run.state === "failed" || run.state === "cancelled") return { title: "There is no app", text: `The build was ${run.state === "failed" ? "not finished" : "cancelled"}.` };
  return { title: "The app appears here", text: "As soon as it is built and healthy." };
}

/** @param {string} text @returns {string} */
function sentence(text) {
  if (!text) return "";
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?:]$/.test(begun) ? begun : `${begun}.`;
}
