/**
 * @file The container of a binary glTF 2.0 file: its JSON and its one buffer.
 *
 * @typedef {{json: Object<string, any>, binary: Uint8Array}} Document
 */

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;
const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const MAX_JSON_BYTES = 32 * 1024 * 1024;

/** A file which this viewer cannot show, in words for people. */
export class ModelError extends Error {}

/**
 * Stops with a ModelError unless something holds.
 *
 * @param {unknown} condition
 * @param {string} message What is wrong with the file otherwise.
 * @returns {asserts condition}
 */
export function check(condition, message) {
  if (!condition) throw new ModelError(message);
}

/**
 * Takes a list out of the document; one that is absent is empty.
 *
 * @param {Document} document
 * @param {string} name
 * @returns {any[]}
 */
export function list(document, name) {
  const found = document.json[name] ?? [];
  check(Array.isArray(found), `"${name}" is not a list.`);
  return found;
}

/**
 * Takes one item out of a list of the document.
 *
 * @param {Document} document
 * @param {string} name
 * @param {unknown} index
 * @returns {any}
 */
export function item(document, name, index) {
  const found = list(document, name)[/** @type {number} */ (index)];
  check(found !== null && typeof found === "object", `It refers to ${name}[${index}], which it does not have.`);
  return found;
}

/**
 * Gives the bytes of a buffer view.
 *
 * @param {Document} document
 * @param {unknown} index
 * @returns {{bytes: Uint8Array, stride: number}} The bytes (not copied), and the stride or 0 when packed.
 */
export function bufferView(document, index) {
  const view = item(document, "bufferViews", index);
  check(view.buffer === 0, "It keeps data outside of its own buffer, which is not supported.");
  const start = view.byteOffset ?? 0;
  const end = start + view.byteLength;
  const inside = Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end >= start;
  check(inside && end <= document.binary.length, `bufferViews[${index}] lies outside of the file.`);
  return { bytes: document.binary.subarray(start, end), stride: view.byteStride ?? 0 };
}

/**
 * Splits a binary glTF file into its JSON and its buffer.
 *
 * @param {ArrayBuffer} buffer The whole file.
 * @returns {Document}
 * @throws {ModelError} When it is not such a file, or damaged.
 */
export function readContainer(buffer) {
  const view = new DataView(buffer);
  check(buffer.byteLength >= HEADER_BYTES && view.getUint32(0, true) === MAGIC, "It is not a binary glTF (.glb) file.");
  const version = view.getUint32(4, true);
  check(version === 2, `It is glTF version ${version}; only version 2 is supported.`);
  const total = view.getUint32(8, true);
  check(total <= buffer.byteLength, `The file is cut short: ${buffer.byteLength} of ${total} bytes arrived.`);

  const chunks = readChunks(buffer, total);
  const text = chunks.get(JSON_CHUNK);
  check(text, "It has no JSON chunk.");
  check(text.length <= MAX_JSON_BYTES, "Its description is too large.");
  return { json: parse(text), binary: chunks.get(BINARY_CHUNK) ?? new Uint8Array(0) };
}

/**
 * @param {ArrayBuffer} buffer
 * @param {number} total
 * @returns {Map<number, Uint8Array>} The first chunk of each type.
 */
function readChunks(buffer, total) {
  const view = new DataView(buffer);
  const chunks = new Map();
  let offset = HEADER_BYTES;
  while (offset + CHUNK_HEADER_BYTES <= total) {
    const size = view.getUint32(offset, true);
    const type = view.getUint32(offset + 4, true);
    const start = offset + CHUNK_HEADER_BYTES;
    check(start + size <= total, "The file is damaged: a chunk runs past its end.");
    if (!chunks.has(type)) chunks.set(type, new Uint8Array(buffer, start, size));
    offset = start + size;
  }
  return chunks;
}

/**
 * @param {Uint8Array} text
 * @returns {Object<string, any>}
 */
function parse(text) {
  let json;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch {
    throw new ModelError("The file is damaged: its JSON chunk cannot be read.");
  }
  check(json !== null && typeof json === "object" && !Array.isArray(json), "Its JSON chunk is not an object.");
  return json;
}
