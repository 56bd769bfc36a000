/** @file From an engine's JSON Schema to the fields of a form, and from what was typed to parameters. */

import { count } from "../words";

/** A field of a form. */
export interface FieldSpec {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly kind: "number" | "integer" | "slider" | "choice" | "switch" | "text" | "long" | "words" | "json";
  readonly least: number | null;
  readonly most: number | null;
  readonly choices: readonly unknown[];
  /** What holds when nothing is typed; null when that is the engine's to say. */
  readonly initial: unknown;
  readonly required: boolean;
  /** Whether no text is a value too. */
  readonly mayBeEmpty: boolean;
}

/** What is typed, by the field's name: always text, as it stands there. */
export type Values = Readonly<Record<string, string>>;

interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  allOf?: Schema[];
  anyOf?: Schema[];
  $ref?: string;
  definitions?: Record<string, Schema>;
  $defs?: Record<string, Schema>;
}

const SLIDER_STEPS = 100;
/** Characters from which on a text is more than a line. */
const LONG = 2000;
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/_(s|seconds)$/, "seconds"],
  [/_mb$/, "MB"],
  [/_gb$/, "GB"],
  [/_usd$/, "$"],
  [/_mm$/, "mm"],
];

/** Gives a field for each parameter; what a person decides about first comes first. */
export function fieldsOf(schema: unknown): FieldSpec[] {
  const root = (schema ?? {}) as Schema;
  const required = new Set(root.required ?? []);
  const fields = Object.entries(root.properties ?? {}).map(([name, part]) => field(name, resolved(part, root), required.has(name)));
  const rank = (one: FieldSpec): number => (one.required ? 0 : isPlain(one) ? 1 : 2);
  return fields.sort((a, b) => rank(a) - rank(b));
}

/** Whether a field is for everybody, and not for who looks for it. */
export function isPlain(field: FieldSpec): boolean {
  return field.required || field.kind === "choice" || field.kind === "switch";
}

/** What stands in the fields at first. */
export function initialValues(fields: readonly FieldSpec[], given: Readonly<Record<string, unknown>> = {}): Values {
  return Object.fromEntries(fields.map((field) => [field.name, written(given[field.name] ?? field.initial)]));
}

/** Reads what was typed. What is as the engine has it anyway is not sent. */
export function read(fields: readonly FieldSpec[], values: Values): { params: Record<string, unknown>; problems: Record<string, string> } {
  const params: Record<string, unknown> = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    const typed = values[field.name] ?? "";
    const text = field.kind === "long" ? typed : typed.trim();
    if (text === "" && !(field.required && field.mayBeEmpty)) {
      if (field.required) problems[field.name] = "This is needed.";
      continue;
    }
    if (!field.required && text === written(field.initial)) continue;
    try {
      params[field.name] = parsed(field, text);
    } catch (error) {
      problems[field.name] = error instanceof Error ? error.message : String(error);
    }
  }
  return { params, problems };
}

/** Says the bounds of a number, as "8 to 800"; empty when there are none. */
export function bounds({ least, most }: FieldSpec): string {
  if (least !== null && most !== null) return `${count(least)} to ${count(most)}`;
  if (least !== null) return `${count(least)} or more`;
  return most === null ? "" : `${count(most)} or less`;
}

function parsed(field: FieldSpec, text: string): unknown {
  switch (field.kind) {
    case "switch":
      return text === "true";
    case "choice":
      return field.choices.find((choice) => written(choice) === text) ?? text;
    case "json":
      return json(text);
    case "words":
      return wordsOf(text);
    case "text":
    case "long":
      return text;
    default:
      return numeric(field, text);
  }
}

function numeric(field: FieldSpec, text: string): number {
  const value = Number(text.replace(",", "."));
  const whole = field.kind === "integer" || field.kind === "slider";
  const range = bounds(field);
  const wanted = `${whole ? "a whole number" : "a number"}${range && `, ${range}`}`;
  const outside = (field.least !== null && value < field.least) || (field.most !== null && value > field.most);
  if (!Number.isFinite(value) || (whole && !Number.isInteger(value)) || outside) throw new Error(`This has to be ${wanted}.`);
  return value;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("This has to be JSON, such as [1, 2] or {\"a\": 1}.");
  }
}

/** The words of a line, as a command is typed; quotes keep one together. */
export function wordsOf(text: string): string[] {
  const found = text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g);
  return [...found].map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, (_, one?: string, two?: string) => one ?? two ?? ""));
}

function field(name: string, schema: Schema, required: boolean): FieldSpec {
  const choices = schema.const === undefined ? (schema.enum ?? []) : [schema.const];
  const least = schema.minimum ?? schema.exclusiveMinimum ?? null;
  const most = schema.maximum ?? schema.exclusiveMaximum ?? null;
  const initial = schema.default ?? (typeOf(schema) === "boolean" && !required ? false : null);
  const kind = kindOf(schema, choices, least, most, initial);
  return {
    ...{ name, least, most, initial, required, kind },
    label: labelOf(name, schema.title),
    description: schema.description ?? "",
    mayBeEmpty: kind === "long" && (schema.minLength ?? 0) === 0,
    choices: choices.filter((choice) => choice !== null),
  };
}

function kindOf(schema: Schema, choices: readonly unknown[], least: number | null, most: number | null, initial: unknown): FieldSpec["kind"] {
  if (choices.length > 0) return "choice";
  switch (typeOf(schema)) {
    case "boolean":
      return "switch";
    case "number":
      return "number";
    case "integer":
      // A slider always has a value, and so only where there is one to begin with.
      return least !== null && most !== null && most - least <= SLIDER_STEPS && initial !== null ? "slider" : "integer";
    case "array":
      return schema.items?.type === "string" ? "words" : "json";
    case "string":
      return (schema.maxLength ?? 0) > LONG ? "long" : "text";
    default:
      return "json";
  }
}

function typeOf(schema: Schema): string {
  const types = [schema.type ?? ""].flat().filter((type) => type !== "null");
  return types.length === 1 ? (types[0] ?? "") : "";
}

/** Follows references, and takes apart what may be null. */
function resolved(schema: Schema, root: Schema, depth = 0): Schema {
  if (depth > 8) return schema;
  const { $ref, allOf, anyOf, ...own } = schema;
  const real = anyOf?.filter((each) => each.type !== "null") ?? [];
  const parts = [...(allOf ?? []), ...(real.length === 1 ? real : [])];
  if ($ref !== undefined) {
    const name = decodeURIComponent($ref.split("/").at(-1) ?? "");
    const found = root.definitions?.[name] ?? root.$defs?.[name];
    if (found) {
      const { title: _, ...rest } = found;
      parts.push(rest);
    }
  }
  return Object.assign({}, ...parts.map((part) => resolved(part, root, depth + 1)), own) as Schema;
}

/** A title that somebody wrote; or the parameter's name in words, with its unit. */
export function labelOf(name: string, title?: string): string {
  const made = name.replaceAll("_", " ").toLowerCase();
  if (title && title.toLowerCase() !== made) return title;
  const [ending, unit] = UNITS.find(([pattern]) => pattern.test(name)) ?? [null, ""];
  const words = (ending ? name.replace(ending, "") : name).replaceAll("_", " ").replace(/(\d)(mm|cm|m|px)\b/, "$1 $2");
  return words.charAt(0).toUpperCase() + words.slice(1) + (unit && ` (${unit})`);
}

function written(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.map(quoted).join(" ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function quoted(word: string): string {
  return /^[^\s"']+$/.test(word) ? word : word.includes('"') ? `'${word}'` : `"${word}"`;
}
