/**
 * @file The orchestrator's API.
 *
 * @typedef {object} Run
 * @property {string} id
 * @property {string} title
 * @property {string} workspaceId
 * @property {number} assignedPort
 * @property {"starting" | "building" | "built" | "failed" | "cancelled"} state
 * @property {string} reason
 * @property {string} trouble
 * @property {{state: string, detail: string}} app
 * @property {number} messages
 * @property {string} created
 *
 * @typedef {object} Message
 * @property {number} number
 * @property {string} type
 * @property {string} content
 * @property {string} timestamp
 * @property {boolean} late
 * @property {boolean} repeated
 */

/** What the orchestrator, or the way to it, said no with. */
export class Refusal extends Error {
  /**
   * @param {string} message
   * @param {string} hint
   * @param {number} status
   */
  constructor(message, hint = "", status = 0) {
    super(hint ? `${message} ${hint}` : message);
    this.status = status;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
async function ask(method, path, body) {
  const options = { method, headers: {} };
  if (body) Object.assign(options, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Refusal("The orchestrator does not answer.", "See whether it still runs: callboard orchestrator");
  }
  if (answer.status === 204) return {};
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(value.detail ?? `The orchestrator answered ${answer.status}.`, value.hint, answer.status);
  return value;
}

const runPath = (/** @type {string} */ id) => `api/runs/${encodeURIComponent(id)}`;

export const health = () => ask("GET", "health");

/** @returns {Promise<{runs: Run[]}>} */
export const listRuns = () => ask("GET", "api/runs");

/** @param {string} id @returns {Promise<Run>} */
export const showRun = (id) => ask("GET", runPath(id));

/** @param {string} prompt @returns {Promise<Run>} */
export const createRun = (prompt) => ask("POST", "api/runs", { prompt });

/** @param {string} id @returns {Promise<Run>} */
export const endRun = (id) => ask("DELETE", runPath(id));

/** @param {string} id */
export const forgetRun = (id) => ask("DELETE", `${runPath(id)}?forget=true`);

/** @param {string} id @returns {Promise<Run>} */
export const startApp = (id) => ask("POST", `${runPath(id)}/start`, {});

/** @param {string} id */
export const streamOf = (id) => `${runPath(id)}/stream`;

export const STREAM = "api/runs/stream";
