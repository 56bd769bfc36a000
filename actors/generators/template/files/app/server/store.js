// The items, in memory and in one file that is always whole.
import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import path from "node:path";

/** Opens a store in a folder, which is made when it is missing; each item that is read goes through `complete`. */
export async function openStore(folder, name, complete) {
  await mkdir(folder, { recursive: true });
  const store = new Store(path.join(folder, `${name}.json`));
  await store.load(complete);
  return store;
}

class Store {
  #file;
  #items = new Map();
  #saving = Promise.resolve();
  #waiting = null;

  constructor(file) {
    this.#file = file;
  }

  get size() {
    return this.#items.size;
  }

  /** Every item, the newest first. */
  all() {
    return [...this.#items.values()].reverse();
  }

  get(id) {
    return this.#items.get(id);
  }

  async add(values) {
    const now = new Date().toISOString();
    return this.#put({ id: randomUUID(), ...values, created: now, updated: now });
  }

  async change(id, values) {
    return this.#put({ ...this.#items.get(id), ...values, updated: new Date().toISOString() });
  }

  async remove(id) {
    const before = new Map(this.#items);
    this.#items.delete(id);
    await this.#save(() => (this.#items = before));
  }

  /** Resolves when everything is on disk. */
  saved() {
    return this.#saving;
  }

  async load(complete) {
    try {
      const { items } = JSON.parse(await readFile(this.#file, "utf8"));
      this.#items = new Map(items.map((item) => [item.id, complete(item)]));
    } catch (error) {
      if (error.code === "ENOENT") return;
      if (error.code) throw error;
      // Starting empty over a file that somebody broke by hand would lose it.
      const aside = `${this.#file}.broken-${Date.now()}`;
      await rename(this.#file, aside);
      console.error(`The data could not be read (${error.message}); it was moved to ${aside}.`);
    }
  }

  async #put(item) {
    const before = this.#items.get(item.id);
    this.#items.set(item.id, item);
    await this.#save(() => (before ? this.#items.set(item.id, before) : this.#items.delete(item.id)));
    return item;
  }

  // Changes that come while a save runs share the next one. What could not be saved is taken back.
  async #save(undo) {
    this.#waiting ??= this.#saving
      .catch(() => {})
      .then(() => {
        this.#waiting = null;
        return this.#write();
      });
    this.#saving = this.#waiting;
    try {
      await this.#waiting;
    } catch (error) {
      undo();
      throw error;
    }
  }

  // A reader, or a power cut, sees the old file or the new one, never half of one.
  async #write() {
    const temporary = `${this.#file}.tmp`;
    const file = await open(temporary, "w");
    try {
      await file.writeFile(`${JSON.stringify({ items: [...this.#items.values()] }, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#file);
  }
}
