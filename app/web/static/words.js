/** @file Numbers and states in words for people. */

const KILO = 1000;
const UNITS = ["bytes", "kB", "MB", "GB"];

/** @param {number} value @returns {string} With separators, as 60,512. */
export const count = (value) => new Intl.NumberFormat("en").format(value);

/** @param {unknown} value @returns {boolean} */
export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** @param {number} bytes @returns {string} As 3.8 MB. */
export function size(bytes) {
  let [value, unit] = [bytes, 0];
  while (value >= KILO && unit < UNITS.length - 1) [value, unit] = [value / KILO, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** @param {number} seconds @returns {string} As "about 2 min left". */
export function remaining(seconds) {
  if (seconds < 1) return "almost done";
  if (seconds < 10) return `about ${Math.ceil(seconds)} s left`;
  if (seconds < 90) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} min left`;
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** @param {string} stage As load_photos. @returns {string} As "Load photos". */
export function stageName(stage) {
  const text = stage.replaceAll("_", " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Says where a job is.
 *
 * @param {import("./api.js").Status} status
 * @returns {{title: string, detail: string}}
 */
export function situation(status) {
  if (status.state === "queued") {
    const place = status.queue_position;
    const detail = isNumber(place) && place > 0 ? `Number ${count(place)} in the queue.` : "It begins as soon as there is room.";
    return { title: "Waiting for its turn", detail };
  }
  if (status.state === "paused") return { title: "Paused", detail: status.reason ?? "" };
  const parts = [];
  if (isNumber(status.done) && isNumber(status.total)) parts.push(`${count(status.done)} of ${count(status.total)}`);
  if (isNumber(status.remaining_s)) parts.push(remaining(status.remaining_s));
  if (status.attempt > 1) parts.push(`attempt ${status.attempt}`);
  return { title: status.stage ? stageName(status.stage) : "Getting started", detail: parts.join(" · ") };
}

const PHOTO_ADVICE = [
  "Walk around the object and take 20 to 60 photos, each overlapping the one before by two thirds.",
  "Keep the object still, in even light; shiny, see-through and plain white surfaces are hard to match.",
  "Send the photos as the camera made them: sharp, not cropped and not resized.",
];

/**
 * Says how a job without a model ended, and what helps.
 *
 * @param {import("./api.js").Status} status
 * @returns {{title: string, text: string, advice: string[]}}
 */
export function ending(status) {
  const reason = status.reason ?? "";
  if (status.state === "cancelled") {
    return { title: "This job was cancelled", text: reason, advice: ["Upload the photos again to start it anew."] };
  }
  if (status.state === "interrupted") {
    return {
      title: "This job was interrupted",
      text: reason || "The server stopped while it worked.",
      advice: ["Upload the photos again. If it happens again, the server's log says why it stopped."],
    };
  }
  const advice = status.engine === "simulated" ? ["Upload again to give it another try."] : PHOTO_ADVICE;
  return { title: "No model came out of it", text: reason || "The engine did not say why.", advice };
}

/**
 * Says what a refusal means.
 *
 * @param {{status: number, message: string, hint: string}} refusal
 * @returns {{title: string, text: string, advice: string[]}}
 */
export function refused({ status, message, hint }) {
  const advice = hint ? [hint] : [];
  if (status === 404) {
    return {
      title: "There is no such job here",
      text: "It was removed, or the address is not complete.",
      advice: ["Compare the address with the one you were given.", "The command callboard jobs lists the jobs that this server has."],
    };
  }
  if (status === 403) return { title: "This server does not let you in", text: message, advice };
  return { title: "This cannot be shown", text: message, advice };
}

const LINK_ENDS = { 404: "This link leads nowhere", 410: "This link has expired" };

/**
 * Says why a shared link shows nothing.
 *
 * @param {{status: number, message: string, hint: string}} refusal
 * @returns {{title: string, text: string, advice: string[]}}
 */
export function refusedLink({ status, message, hint }) {
  return { title: LINK_ENDS[status] ?? "This cannot be shown", text: message, advice: hint ? [hint] : [] };
}
