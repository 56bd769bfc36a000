import { expect, test, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("window", { location: { hash: "", href: "http://127.0.0.1/" }, addEventListener: () => undefined }));

import { Problem } from "../api/client";
import { pauseMs } from "./pause";
import type { Open, Transport } from "./transport";
import { type Item, Upload } from "./upload";

const items = (many: number): Item[] =>
  Array.from({ length: many }, (_, at) => ({ key: `k${at + 1}`, file: new File(["x".repeat(10)], `${at + 1}.jpg`, { type: "image/jpeg" }) }));

/** A server in memory; `fail` may throw in place of an answer. */
class Fake implements Transport {
  there = new Map<number, number>();
  puts: number[] = [];
  going = 0;
  most = 0;
  created = 0;
  removed: string[] = [];
  finished: unknown[] = [];
  job: string | null = null;
  fail: (what: string, number: number) => void = () => undefined;

  create = async (): Promise<Open> => {
    this.fail("create", 0);
    this.created += 1;
    this.there.clear();
    return { id: `upload-${this.created}`, files: [] };
  };
  look = async (id: string): Promise<Open> => {
    this.fail("look", 0);
    return { id, files: [...this.there].map(([number, size]) => ({ number, size, name: "" })), job: this.job };
  };
  put = async (_: string, number: number, file: File, onProgress: (bytes: number) => void, signal: AbortSignal): Promise<void> => {
    this.puts.push(number);
    this.most = Math.max(this.most, ++this.going);
    try {
      await Promise.resolve();
      onProgress(5);
      await Promise.resolve();
      signal.throwIfAborted();
      this.fail("put", number);
      this.there.set(number, file.size);
    } finally {
      this.going -= 1;
    }
  };
  finish = async (_: string, order: unknown): Promise<{ id: string }> => {
    this.fail("finish", 0);
    this.finished.push(order);
    return { id: "job-1" };
  };
  remove = async (id: string): Promise<void> => {
    this.removed.push(id);
  };
}

const ORDER = { engine: "simulated", params: {} };
const pauses: number[] = [];
const make = (fake: Fake, many: number): Upload => {
  pauses.length = 0;
  return new Upload(items(many), ORDER, fake, async (ms) => void pauses.push(ms));
};
const times = (many: number, error: () => Error, of: string): Fake["fail"] => {
  let left = many;
  return (what) => {
    if (what === of && left-- > 0) throw error();
  };
};

test("sends all, three at once, and makes one job", async () => {
  const fake = new Fake();
  const upload = make(fake, 10);
  await upload.run();
  expect(upload.phase.value).toBe("done");
  expect(upload.job).toBe("job-1");
  expect(fake.puts.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(fake.most).toBe(3);
  expect(upload.sent).toEqual({ photos: 10, bytes: 100 });
  expect(fake.finished).toEqual([ORDER]);
});

test("a connection that drops: asks what is there, and sends only the rest", async () => {
  const fake = new Fake();
  fake.fail = (what, number) => {
    if (what === "put" && number === 5 && pauses.length === 0) throw new Problem(0, "gone");
  };
  const upload = make(fake, 6);
  await upload.run();
  expect(upload.phase.value).toBe("done");
  expect(pauses).toHaveLength(1);
  expect(fake.there.size).toBe(6);
  for (const number of [1, 2, 3]) expect(fake.puts.filter((put) => put === number)).toHaveLength(1);
});

test("a server that is away is asked again, later each time", async () => {
  const fake = new Fake();
  fake.fail = times(3, () => new Problem(0, "gone"), "create");
  const upload = make(fake, 1);
  await upload.run();
  expect(pauses).toEqual([1_000, 2_000, 4_000]);
  expect(upload.phase.value).toBe("done");
});

test("a pause is as long as the server says, and bounded", () => {
  expect(pauseMs(1, 5)).toBe(5_000);
  expect(pauseMs(1, 100_000)).toBe(60_000);
  expect(pauseMs(50, null)).toBe(15_000);
});

test("an upload that the server has forgotten is begun anew", async () => {
  const fake = new Fake();
  let forgotten = false;
  fake.fail = (what, number) => {
    if (what === "put" && number === 3 && !forgotten) {
      forgotten = true;
      throw new Problem(0, "gone");
    }
    if (what === "look" && fake.created === 1) throw new Problem(404, "no such upload");
  };
  const upload = make(fake, 4);
  await upload.run();
  expect(upload.phase.value).toBe("done");
  expect(fake.created).toBe(2);
  expect(fake.there.size).toBe(4);
});

test("a photo that is refused does not stop the others; going on without it does", async () => {
  const fake = new Fake();
  fake.fail = (what, number) => {
    if (what === "put" && number === 2) throw new Problem(422, "This is no photo.", "Save it again.");
  };
  const upload = make(fake, 5);
  await upload.run();
  expect(upload.phase.value).toBe("stopped");
  expect(upload.refused).toEqual([{ key: "k2", name: "2.jpg", problem: "This is no photo. Save it again." }]);
  expect(fake.finished).toEqual([]);
  await upload.goOn();
  expect(upload.phase.value).toBe("done");
  expect(fake.there.size).toBe(4);
});

test("parameters that are refused can be corrected without sending anything again", async () => {
  const fake = new Fake();
  fake.fail = times(1, () => new Problem(422, "speed", "", [{ field: "speed", problem: "must be a number" }]), "finish");
  const upload = make(fake, 2);
  await upload.run();
  expect(upload.phase.value).toBe("stopped");
  expect((upload.problem.value as Problem).fields).toHaveLength(1);
  await upload.goOn({ engine: "simulated", params: { speed: 2 } });
  expect(upload.phase.value).toBe("done");
  expect(fake.puts).toHaveLength(2);
  expect(fake.finished).toEqual([{ engine: "simulated", params: { speed: 2 } }]);
});

test("an answer that was lost after the job was made makes no second job", async () => {
  const fake = new Fake();
  fake.fail = (what) => {
    if (what !== "finish") return;
    fake.job = "job-7";
    throw new Problem(0, "gone");
  };
  const upload = make(fake, 1);
  await upload.run();
  expect(upload.job).toBe("job-7");
  expect(upload.phase.value).toBe("done");
});

test("a photo that never goes through is given up, and not the rest", async () => {
  const fake = new Fake();
  fake.fail = (what, number) => {
    if (what === "put" && number === 1) throw new Problem(0, "gone");
  };
  const upload = make(fake, 3);
  await upload.run();
  expect(upload.phase.value).toBe("stopped");
  expect(upload.refused.map((one) => one.key)).toEqual(["k1"]);
});

test("cancelling stops what is on its way and removes what the server has", async () => {
  const fake = new Fake();
  fake.put = async (_, number, __, ___, signal) => {
    fake.puts.push(number);
    await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const upload = make(fake, 9);
  const running = upload.run();
  await vi.waitFor(() => expect(fake.puts).toHaveLength(3));
  upload.cancel();
  await running;
  expect(upload.phase.value).toBe("cancelled");
  expect(fake.puts).toHaveLength(3);
  expect(fake.removed).toEqual(["upload-1"]);
});

test("an error that stays is told", async () => {
  const fake = new Fake();
  fake.fail = times(1, () => new Problem(500, "incident 7"), "finish");
  const upload = make(fake, 1);
  await upload.run();
  expect(upload.phase.value).toBe("stopped");
  expect(upload.problem.value).toBeInstanceOf(Problem);
});
