// The items, in this browser: in the localStorage of the page's origin, under a key of the app's own.
import { Refused, checkAll, checkGiven, fitting } from "./fields.js";

const MAX_ITEMS = 2000;
const NOTHING_KEPT =
  "This browser gives the page no storage: what you add is there until the page is left or loaded again.";

/** Where text is kept; in memory when the browser refuses, as it does in a frame without an origin. */
function openShelf(key) {
  try {
    localStorage.setItem(`${key}:try`, "1");
    localStorage.removeItem(`${key}:try`);
    return {
      read: () => localStorage.getItem(key),
      write: (text) => localStorage.setItem(key, text),
      aside: (text) => localStorage.setItem(`${key}:broken-${Date.now()}`, text),
    };
  } catch {
    let kept = null;
    return { read: () => kept, write: (text) => (kept = text), aside: () => {}, note: NOTHING_KEPT };
  }
}

/** A name that no other item has. Other ways to make one need an address with https. */
const newId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((part) => part.toString(16).padStart(2, "0")).join("");

/** Opens the storage; what it can do is told where the page is mounted. */
export function openStorage(idea) {
  const { store: key, fields, noun } = idea;
  const shelf = openShelf(key);
  const now = () => new Date().toISOString();

  /** Every item, the oldest first; read each time, since another window may have changed something. */
  function load() {
    const text = shelf.read();
    if (!text) return [];
    try {
      return JSON.parse(text).items.map((item) => ({ ...item }));
    } catch {
      // Going on over what somebody broke by hand would lose it.
      shelf.aside(text);
      shelf.write(JSON.stringify({ items: [] }));
      return [];
    }
  }

  function save(items) {
    try {
      shelf.write(JSON.stringify({ items }));
    } catch {
      throw new Refused("There is no room left in this browser's storage. Remove something first.");
    }
  }

  /** Changes one item, or says that it is gone. */
  function update(id, change) {
    const items = load();
    const index = items.findIndex((item) => item.id === id);
    if (index < 0) throw new Refused(`There is no such ${noun.one}; it may have been removed.`);
    const changed = change(items[index]);
    save(items.flatMap((item, number) => (number === index ? (changed ?? []) : item)));
    return changed && fitting(fields, changed);
  }

  return {
    note: shelf.note,
    items: async () =>
      load()
        .map((item) => fitting(fields, item))
        .reverse(),
    async add(given) {
      const values = checkAll(fields, given);
      const items = load();
      if (items.length >= MAX_ITEMS) {
        throw new Refused(`There is room for ${MAX_ITEMS} ${noun.many}. Remove some first.`);
      }
      const item = { id: newId(), ...values, created: now(), updated: now() };
      save([...items, item]);
      return item;
    },
    change: async ({ id }, given) =>
      update(id, (item) => {
        const values = checkGiven(fields, given);
        const whole = fitting(fields, { ...item, ...values });
        checkAll(fields, Object.fromEntries(fields.map(({ name }) => [name, { ...whole, ...values }[name]])));
        // What only an earlier form of the app knew stays with the item.
        return { ...item, ...values, updated: now() };
      }),
    remove: async ({ id }) => update(id, () => null),
    count: async ({ id }, field, key) =>
      update(id, (item) => {
        const before = Object.hasOwn(item[field] ?? {}, key) ? item[field][key] : 0;
        return { ...item, [field]: { ...item[field], [key]: before + 1 }, updated: now() };
      }),
    watch(changed) {
      const heard = (event) => (event.key === key || event.key === null) && changed();
      window.addEventListener("storage", heard);
      return () => window.removeEventListener("storage", heard);
    },
  };
}
