import { expect, test } from "vitest";
import { bounds, fieldsOf, initialValues, read, wordsOf } from "./schema";

const SCHEMA = {
  type: "object",
  properties: {
    seed: { title: "Seed", default: 0, minimum: 0, maximum: 4294967295, type: "integer" },
    quality: { title: "Quality", default: "low", enum: ["low", "medium", "high"], type: "string" },
    focal_35mm: { title: "Focal 35Mm", minimum: 8, maximum: 800, type: "number" },
    time_limit_s: { title: "Time Limit S", default: 3600, minimum: 1, maximum: 86400, type: "number" },
    memory_limit_mb: { title: "Memory Limit Mb", default: 4096, minimum: 512, type: "integer" },
    detail: { title: "Detail", default: 4, minimum: 0, maximum: 5, type: "integer", description: "How fine." },
    closed: { title: "Close holes", default: true, type: "boolean" },
  },
};

const named = (schema: unknown) => Object.fromEntries(fieldsOf(schema).map((field) => [field.name, field]));

test("what everybody decides about comes first", () => {
  expect(fieldsOf(SCHEMA).map((field) => field.name).slice(0, 2)).toEqual(["quality", "closed"]);
});

test("each kind of parameter gets its kind of field", () => {
  const kinds = Object.fromEntries(fieldsOf(SCHEMA).map((field) => [field.name, field.kind]));
  expect(kinds).toEqual({
    ...{ quality: "choice", closed: "switch", seed: "integer", focal_35mm: "number" },
    ...{ time_limit_s: "number", memory_limit_mb: "integer", detail: "slider" },
  });
});

test("names become words with units, and titles that somebody wrote stay", () => {
  const fields = named(SCHEMA);
  expect(fields["time_limit_s"]?.label).toBe("Time limit (seconds)");
  expect(fields["memory_limit_mb"]?.label).toBe("Memory limit (MB)");
  expect(fields["focal_35mm"]?.label).toBe("Focal 35 mm");
  expect(fields["closed"]?.label).toBe("Close holes");
});

test("bounds in words", () => {
  const fields = named(SCHEMA);
  expect(bounds(fields["focal_35mm"]!)).toBe("8 to 800");
  expect(bounds(fields["memory_limit_mb"]!)).toBe("512 or more");
  expect(bounds(fields["quality"]!)).toBe("");
});

test("only what differs from what holds anyway is sent", () => {
  const fields = fieldsOf(SCHEMA);
  const values = initialValues(fields);
  expect(read(fields, values)).toEqual({ params: {}, problems: {} });
  const changed = { ...values, quality: "high", focal_35mm: "35,5", detail: "2", closed: "false", seed: "" };
  expect(read(fields, changed).params).toEqual({ quality: "high", focal_35mm: 35.5, detail: 2, closed: false });
});

test("what cannot be is said at its field", () => {
  const fields = fieldsOf(SCHEMA);
  const { params, problems } = read(fields, { ...initialValues(fields), focal_35mm: "7", seed: "1.5", time_limit_s: "soon" });
  expect(params).toEqual({});
  expect(problems).toEqual({
    focal_35mm: "This has to be a number, 8 to 800.",
    seed: "This has to be a whole number, 0 to 4,294,967,295.",
    time_limit_s: "This has to be a number, 1 to 86,400.",
  });
});

test("references and what may be null are followed", () => {
  const fields = named({
    properties: {
      mode: { allOf: [{ $ref: "#/definitions/Mode" }], default: "fast" },
      other: { $ref: "#/$defs/Size" },
      limit: { anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }], default: null },
      shape: { type: "object" },
      text: { type: ["string", "null"] },
    },
    required: ["text"],
    definitions: { Mode: { title: "Mode", enum: ["fast", "slow"] } },
    $defs: { Size: { enum: [1, 2] } },
  });
  expect(fields["mode"]).toMatchObject({ kind: "choice", choices: ["fast", "slow"], initial: "fast", label: "Mode" });
  expect(fields["other"]).toMatchObject({ kind: "choice", choices: [1, 2], initial: null });
  expect(fields["limit"]).toMatchObject({ kind: "integer", least: 1, initial: null });
  expect(fields["shape"]?.kind).toBe("json");
  expect(fields["text"]).toMatchObject({ kind: "text", required: true });
});

test("a choice of numbers stays one, and what is needed is asked for", () => {
  const fields = fieldsOf({ properties: { size: { enum: [1, 2] }, text: { type: "string" } }, required: ["text"] });
  expect(read(fields, { size: "2", text: "" })).toEqual({ params: { size: 2 }, problems: { text: "This is needed." } });
});

test("an engine without parameters has no fields", () => {
  expect(fieldsOf({})).toEqual([]);
  expect(fieldsOf(undefined)).toEqual([]);
});

test("a long text is taken as it is typed, and may be empty where it may be", () => {
  const text = { type: "string", maxLength: 1_000_000 };
  const fields = fieldsOf({ properties: { content: text, old: { ...text, minLength: 1 } }, required: ["content", "old"] });
  expect(fields.map(({ kind }) => kind)).toEqual(["long", "long"]);
  expect(read(fields, { content: "", old: " a\n" })).toEqual({ params: { content: "", old: " a\n" }, problems: {} });
  expect(read(fields, { content: " ", old: "" })).toEqual({ params: { content: " " }, problems: { old: "This is needed." } });
});

test("a list of words is typed as a command is", () => {
  expect(wordsOf(`node -e 'console.log("a b")' "c d"e  f`)).toEqual(["node", "-e", 'console.log("a b")', "c de", "f"]);
  const fields = fieldsOf({ properties: { argv: { type: "array", items: { type: "string" } } }, required: ["argv"] });
  expect(fields[0]?.kind).toBe("words");
  expect(read(fields, { argv: "pnpm run lint" }).params).toEqual({ argv: ["pnpm", "run", "lint"] });
  expect(read(fields, initialValues(fields, { argv: ["ls", "a b"] })).params).toEqual({ argv: ["ls", "a b"] });
});
