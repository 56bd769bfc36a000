/** @file The page: a prompt becomes a run, the runs are listed, and one of them is shown. */

import { createRun, health, listRuns, Refusal, showRun, STREAM } from "./api.js";
import { part, say } from "./dom.js";
import { Follower } from "./follow.js";
import { RunList } from "./list.js";
import { RunView } from "./run.js";

const list = new RunList();
let lost = false;

/** @param {boolean} connected */
function onLink(connected) {
  part("link").hidden = connected;
}

const view = new RunView(onLink);

/** @param {boolean} connected */
async function onListLink(connected) {
  onLink(connected);
  const refresh = connected && lost;
  lost = !connected;
  // What was removed while nobody was there to be told.
  if (refresh) list.replace((await listRuns()).runs);
}

const runs = new Follower(STREAM, { run: (run) => list.put(run), removed: ({ id }) => removed(id) }, onListLink);

/** @param {string} id */
function removed(id) {
  list.drop(id);
  if (view.id === id) window.location.hash = "";
}

/** Shows the run that the address names. */
function route() {
  const id = decodeURIComponent(window.location.hash.slice(1));
  const shown = id.startsWith("run-") ? id : "";
  list.select(shown);
  view.open(shown);
  if (shown) check(shown);
  else onLink(!lost); // the run's own stream is closed
}

/**
 * Leaves a run that is not there: an address may be older than what is kept.
 *
 * @param {string} id
 */
async function check(id) {
  try {
    await showRun(id);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 404 || view.id !== id) return;
    window.location.hash = "";
    say(part("ask-problem"), error.message);
  }
}

/** @param {Event} event */
async function build(event) {
  event.preventDefault();
  const box = /** @type {HTMLTextAreaElement} */ (part("prompt"));
  const button = /** @type {HTMLButtonElement} */ (part("build"));
  if (!box.value.trim()) {
    say(part("ask-problem"), "Say what should be built.");
    box.focus();
    return;
  }
  button.disabled = true;
  say(part("ask-problem"), "");
  try {
    const run = await createRun(box.value);
    box.value = "";
    list.put(run);
    window.location.hash = run.id;
    part("run").focus();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(part("ask-problem"), error.message);
  } finally {
    button.disabled = false;
  }
}

part("ask").addEventListener("submit", build);
part("prompt").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) /** @type {HTMLFormElement} */ (part("ask")).requestSubmit();
});
part("skip").addEventListener("click", (event) => {
  event.preventDefault();
  part("run").focus();
});
window.addEventListener("hashchange", route);
// A browser has few connections to one server: a tab that nobody looks at gives one of its two back.
document.addEventListener("visibilitychange", () => (document.hidden ? runs.pause() : runs.open()));

// Until here a browser would send the form by itself, to nowhere.
/** @type {HTMLButtonElement} */ (part("build")).disabled = false;
health().then(({ agent }) => say(part("agent"), agent), () => onLink(false));
route();
