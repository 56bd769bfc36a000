// What an item may hold, as the idea's fields describe it. Whoever keeps items checks by this.

/** What was given does not fit; says what would. */
export class Refused extends Error {
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

const DAY = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const MAX_DAYS = 4000;
const MAX_TAGS = 20;
const MAX_LINES = 100;
const MAX_LINE = 200;

const isDay = (value) => typeof value === "string" && DAY.test(value);

/** What each type takes: a function that gives the clean value, or undefined when it does not fit. */
const TYPES = {
  text: (value, field) => text(value, field.max),
  longtext: (value, field) => text(value, field.max),
  number: (value, field) => number(value, field),
  level: (value, field) => number(value, field),
  rating: (value, field) => (Number.isInteger(value) ? number(value, { min: 0, max: field.max }) : undefined),
  date: (value) => (value === "" || isDay(value) ? value : undefined),
  time: (value) => (value === "" || TIME.test(value) ? value : undefined),
  choice: (value, field) => (value === "" || field.choices.includes(value) ? value : undefined),
  flag: (value) => (typeof value === "boolean" ? value : undefined),
  days: (value) => (isList(value, MAX_DAYS) && value.every(isDay) ? [...new Set(value)].sort() : undefined),
  tags: (value) => lines(value, MAX_TAGS, 40),
  lines: (value, field) => lines(value, field.max ?? MAX_LINES, MAX_LINE),
  tally: (value) => (isTally(value) ? value : undefined),
};

const EMPTY = { flag: false, days: [], tags: [], lines: [], tally: {}, rating: 0, level: 0, number: null };

/** An item with everything that it may have: what is missing has its default. */
export function complete(fields, item) {
  const missing = fields.filter(({ name }) => item[name] === undefined);
  return { ...item, ...Object.fromEntries(missing.map((field) => [field.name, field.default ?? EMPTY[field.type] ?? ""])) };
}

/** What stands in for something required that an item was never asked for. */
const STANDIN = {
  text: (field, item) => leading(item) ?? field.label,
  longtext: (field, item) => leading(item) ?? field.label,
  number: (field) => field.min ?? 0,
  date: (field, item) => (DAY.test(String(item.created).slice(0, 10)) ? item.created.slice(0, 10) : "2000-01-01"),
  choice: (field) => field.default ?? field.choices[0],
  lines: () => ["Yes", "No"],
};

/** What an item is called, whatever kind of app it was added to. */
const leading = (item) =>
  ["name", "title", "question", "front", "body"].map((name) => item[name]).find((text) => text && typeof text === "string");

/** An item as these fields want it, though it may have been added when the app had others. */
export function fitting(fields, item) {
  const fit = complete(
    fields,
    Object.fromEntries(Object.entries(item).filter(([name, value]) => suits(fields, name, value))),
  );
  for (const field of fields) {
    const value = fit[field.name];
    const empty = value === "" || value === null || (Array.isArray(value) && value.length < (field.min ?? 1));
    if (field.required && empty && STANDIN[field.type]) fit[field.name] = STANDIN[field.type](field, item);
  }
  return fit;
}

function suits(fields, name, value) {
  const field = fields.find((each) => each.name === name);
  return !field || TYPES[field.type](value, field) !== undefined;
}

/** A whole item: everything that is required is there, what was not given has its default. */
export function checkAll(fields, given) {
  const values = complete(fields, checkGiven(fields, given));
  for (const field of fields) {
    const least = field.type === "lines" ? (field.min ?? 1) : 1;
    const value = values[field.name];
    const missing = value === "" || value === null || (Array.isArray(value) && value.length < least);
    if (field.required && missing) {
      const enough = least > 1 ? `needs at least ${least} lines` : "is needed";
      throw new Refused(`${field.label} ${enough}.`, field.name);
    }
  }
  return values;
}

/** Part of an item: only what was given, each of its kind. */
export function checkGiven(fields, given) {
  const known = new Map(fields.map((field) => [field.name, field]));
  const values = {};
  for (const [name, value] of Object.entries(given)) {
    const field = known.get(name);
    if (!field) throw new Refused(`There is no field "${name.slice(0, 40)}".`, name.slice(0, 40));
    const clean = value === null ? (EMPTY[field.type] ?? "") : TYPES[field.type](value, field);
    if (clean === undefined) throw new Refused(`${field.label}: ${expected(field)}.`, name);
    values[name] = clean;
  }
  return values;
}

function expected(field) {
  if (field.type === "number" || field.type === "rating") return `a number from ${field.min ?? 0} to ${field.max}`;
  if (field.type === "choice") return `one of ${field.choices.join(", ")}`;
  if (field.type === "text" || field.type === "longtext") return `a text of at most ${field.max} characters`;
  return { date: "a day like 2026-01-31", time: "a time like 18:30" }[field.type] ?? "not as it should be";
}

function text(value, max) {
  return typeof value === "string" && value.length <= max ? value.trim() : undefined;
}

function number(value, { min = -1e12, max = 1e12 }) {
  return Number.isFinite(value) && value >= min && value <= max ? value : undefined;
}

function isList(value, most) {
  return Array.isArray(value) && value.length <= most;
}

function lines(value, most, longest) {
  if (!isList(value, most) || !value.every((line) => typeof line === "string" && line.length <= longest))
    return undefined;
  return [...new Set(value.map((line) => line.trim()).filter(Boolean))];
}

function isTally(value) {
  const counts = Object.values(Object(value));
  return (
    typeof value === "object" &&
    counts.length <= MAX_LINES &&
    counts.every((count) => Number.isInteger(count) && count >= 0)
  );
}
