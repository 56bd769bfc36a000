/** @file What a page's main thread works: each task with its time, and with the processor's, which no other program adds to. */

const PAUSE_MS = 50_000;
const SLICE_MS = 10_000;

/**
 * Watches for a while: ten seconds of each minute, since a trace takes room.
 *
 * @param {import("playwright-core").CDPSession} session Of the page.
 * @param {number} duration In milliseconds.
 * @returns {Promise<{wall: number[], cpu: number[]}>} Milliseconds of each task.
 */
export async function watchWork(session, duration) {
  const found = { wall: [], cpu: [] };
  for (const end = Date.now() + duration; Date.now() < end; ) {
    for (const { dur, tdur } of await slice(session, Math.min(SLICE_MS, end - Date.now()))) {
      found.wall.push(dur / 1000);
      found.cpu.push(tdur / 1000);
    }
    await sleep(Math.max(0, Math.min(PAUSE_MS, end - Date.now())));
  }
  return found;
}

/** The tasks of a few seconds. */
async function slice(session, duration) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  session.on("Tracing.dataCollected", collect);
  const traceConfig = { includedCategories: ["toplevel", "__metadata"], excludedCategories: ["*"] };
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  await sleep(duration);
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  session.off("Tracing.dataCollected", collect);
  const mains = new Set(events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(place));
  return events.filter((event) => event.ph === "X" && /RunTask$/.test(event.name) && mains.has(place(event)));
}

const place = ({ pid, tid }) => `${pid} ${tid}`;
const sleep = (duration) => new Promise((resolve) => setTimeout(resolve, duration));
