/**
 * @file JSON Schema in words and in elements. Texts go in as text only, never as HTML.
 *
 * @typedef {Object<string, any>} Schema
 * @typedef {{info: Object<string, string>, paths: Object<string, Object<string, any>>, components: {schemas: Object<string, Schema>}}} Description
 */

const HERE = "#/components/schemas/";
const BOUNDS = { minimum: "from", exclusiveMinimum: "more than", maximum: "to", exclusiveMaximum: "less than" };

/**
 * Makes an element.
 *
 * @param {string} name
 * @param {Object<string, string>} attributes
 * @param {...(Node|string|null)} content Nulls are left out.
 * @returns {HTMLElement}
 */
export function element(name, attributes, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content.filter((part) => part !== null));
  return made;
}

/**
 * @param {string} text
 * @returns {(Node|string)[]} The text, with what stands in back quotes as code.
 */
export function words(text) {
  return text.split("`").map((piece, number) => (number % 2 ? element("code", {}, piece) : piece));
}

/**
 * Follows a reference.
 *
 * @param {Description} description
 * @param {Schema} schema
 * @returns {{name: string, schema: Schema}} The name is empty for a schema that has none.
 */
function resolve(description, schema) {
  const inner = schema.allOf?.length === 1 ? schema.allOf[0] : schema;
  if (!inner.$ref?.startsWith(HERE)) return { name: "", schema: inner };
  const name = decodeURIComponent(inner.$ref.slice(HERE.length));
  return { name, schema: description.components.schemas[name] ?? {} };
}

/**
 * Says what a value is: `list of JobModel`, `integer, from 1 to 500`.
 *
 * @param {Description} description
 * @param {Schema} given
 * @returns {string}
 */
export function kindOf(description, given) {
  const { name, schema } = resolve(description, given);
  if (name) return name;
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return `list of ${kindOf(description, schema.items ?? {})}`;
  const bounds = Object.entries(BOUNDS).filter(([key]) => key in schema).map(([key, word]) => `${word} ${schema[key]}`);
  const kind = [schema.type ?? "any value", schema.format ? `(${schema.format})` : ""].join(" ").trim();
  const preset = schema.default === undefined || schema.default === null ? "" : `default ${JSON.stringify(schema.default)}`;
  return [kind, bounds.join(" "), preset].filter(Boolean).join(", ");
}

/**
 * Shows the fields of an object; those that are objects can be opened in turn.
 *
 * @param {Description} description
 * @param {Schema} given
 * @returns {HTMLElement|null} Null when there are no fields to show.
 */
export function fieldsView(description, given) {
  const schema = objectIn(description, given);
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return null;
  const required = new Set(schema.required ?? []);
  return element("dl", { class: "fields" }, ...fields.flatMap(([name, field]) => fieldView(description, name, field, required.has(name))));
}

/**
 * @param {Description} description
 * @param {Schema} given
 * @returns {Schema} What a value, or each of a list of them, is.
 */
function objectIn(description, given) {
  const { schema } = resolve(description, given);
  return schema.type === "array" ? objectIn(description, schema.items ?? {}) : schema;
}

/**
 * @param {Description} description
 * @param {string} name
 * @param {Schema} field
 * @param {boolean} required
 * @returns {HTMLElement[]}
 */
function fieldView(description, name, field, required) {
  const mark = required ? element("span", { class: "required" }, "required") : null;
  const says = field.description ? element("p", {}, ...words(field.description)) : null;
  return [
    element("dt", {}, element("code", {}, name), mark),
    element("dd", {}, element("span", { class: "kind" }, kindOf(description, field)), says, expandable(description, field)),
  ];
}

/**
 * A schema that opens on demand: a schema may hold itself, so that its inside is made when it is asked for.
 *
 * @param {Description} description
 * @param {Schema} field
 * @returns {HTMLElement|null}
 */
function expandable(description, field) {
  if (!objectIn(description, field).properties) return null;
  const details = element("details", { class: "inner" }, element("summary", {}, "Fields"));
  details.addEventListener("toggle", () => {
    if (details.childElementCount === 1) details.append(fieldsView(description, field) ?? "");
  });
  return details;
}
