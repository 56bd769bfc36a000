/**
 * @file One request of the API: its line, and what is under it.
 *
 * @typedef {import("./docs.schemas.js").Description} Description
 * @typedef {{method: string, path: string, body: Object<string, any>}} Operation
 */

import { element, fieldsView, kindOf, words } from "./docs.schemas.js";

const METHODS = ["get", "head", "post", "put", "patch", "delete"];

/**
 * The requests by their tags, in the order of the description.
 *
 * @param {Description} description
 * @returns {[string, Operation[]][]}
 */
export function groups(description) {
  /** @type {Map<string, Operation[]>} */
  const found = new Map();
  for (const [path, item] of Object.entries(description.paths)) {
    for (const method of METHODS.filter((name) => name in item)) {
      const tag = item[method].tags?.[0] ?? "other";
      found.set(tag, [...(found.get(tag) ?? []), { method, path, body: item[method] }]);
    }
  }
  return [...found];
}

/** @param {Description} description @param {Operation} operation @returns {HTMLElement} */
export function operationView(description, { method, path, body }) {
  const line = element(
    "summary",
    {},
    element("span", { class: `method ${method}` }, method.toUpperCase()),
    element("code", { class: "path" }, ...breakable(path)),
    element("span", { class: "says" }, ...words(body.summary ?? "")),
  );
  const says = body.description && body.description !== body.summary ? element("p", {}, ...words(body.description)) : null;
  const id = `${method}-${path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "")}`;
  return element(
    "details",
    { class: "operation", id },
    line,
    says,
    parametersView(description, body.parameters ?? []),
    bodyView(description, body.requestBody),
    answersView(description, body.responses ?? {}),
  );
}

/** @param {string} path @returns {(Node|string)[]} The path, which may be broken before each slash. */
function breakable(path) {
  return path.split(/(?=\/)/).flatMap((piece) => [element("wbr", {}), piece]);
}

/** @param {Description} description @param {Object<string, any>[]} parameters @returns {HTMLElement|null} */
function parametersView(description, parameters) {
  if (parameters.length === 0) return null;
  const rows = parameters.flatMap((parameter) => [
    element(
      "dt",
      {},
      element("code", {}, parameter.name),
      element("span", { class: "where" }, `in the ${parameter.in}`),
      parameter.required ? element("span", { class: "required" }, "required") : null,
    ),
    element(
      "dd",
      {},
      element("span", { class: "kind" }, kindOf(description, parameter.schema ?? {})),
      parameter.description ? element("p", {}, ...words(parameter.description)) : null,
    ),
  ]);
  return block("Parameters", element("dl", { class: "fields" }, ...rows));
}

/** @param {Description} description @param {Object<string, any>|undefined} body @returns {HTMLElement|null} */
function bodyView(description, body) {
  if (!body) return null;
  const kinds = Object.entries(body.content ?? {}).flatMap(([media, { schema = {} }]) => [
    element("p", { class: "media" }, media),
    fieldsView(description, schema),
  ]);
  return block("Body", ...kinds);
}

/** @param {Description} description @param {Object<string, any>} responses @returns {HTMLElement} */
function answersView(description, responses) {
  const answers = Object.entries(responses).map(([status, answer]) => {
    const [media, content] = Object.entries(answer.content ?? {})[0] ?? ["", {}];
    const fields = fieldsView(description, content.schema ?? {});
    const line = [
      element("span", { class: `status s${status[0]}` }, status),
      element("span", { class: "says" }, ...words(answer.description ?? "")),
      media ? element("span", { class: "media" }, `${kindOf(description, content.schema ?? {})} · ${media}`) : null,
    ];
    if (!fields) return element("p", { class: "answer" }, ...line);
    return element("details", { class: "answer" }, element("summary", {}, ...line), fields);
  });
  return block("Answers", ...answers);
}

/** @param {string} title @param {...(Node|null)} content @returns {HTMLElement} */
function block(title, ...content) {
  return element("div", { class: "block" }, element("h3", {}, title), ...content);
}
