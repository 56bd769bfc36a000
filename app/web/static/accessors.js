/** @file Numbers out of a glTF buffer: packed, interleaved or normalised. */

import { bufferView, check, item } from "./glb.js";

const ARRAYS = new Map([
  [5120, Int8Array],
  [5121, Uint8Array],
  [5122, Int16Array],
  [5123, Uint16Array],
  [5125, Uint32Array],
  [5126, Float32Array],
]);
const LARGEST = new Map([[5120, 127], [5121, 255], [5122, 32767], [5123, 65535]]);
const WIDTHS = new Map([["SCALAR", 1], ["VEC2", 2], ["VEC3", 3], ["VEC4", 4]]);
const FLOAT = 5126;
const INDEX_TYPES = [5121, 5123, 5125];
const MAX_COUNT = 50_000_000;

/**
 * Reads an accessor as floats, normalised integers included.
 *
 * @param {import("./glb.js").Document} document
 * @param {unknown} index
 * @param {number[]} widths How many numbers an element may have.
 * @returns {{values: Float32Array, width: number, count: number}}
 */
export function readFloats(document, index, widths) {
  const accessor = item(document, "accessors", index);
  const { values, width } = readPacked(document, accessor, index);
  check(widths.includes(width), `accessors[${index}] has ${width} numbers an element, not ${widths.join(" or ")}.`);
  if (accessor.componentType === FLOAT) return { values, width, count: accessor.count };
  const largest = LARGEST.get(accessor.componentType);
  check(accessor.normalized === true && largest, `accessors[${index}] holds whole numbers where parts of 1 belong.`);
  return { values: Float32Array.from(values, (value) => Math.max(value / largest, -1)), width, count: accessor.count };
}

/**
 * Reads the corners of triangles.
 *
 * @param {import("./glb.js").Document} document
 * @param {unknown} index
 * @param {number} vertexCount
 * @returns {Uint8Array|Uint16Array|Uint32Array} Each below `vertexCount`.
 */
export function readIndices(document, index, vertexCount) {
  const accessor = item(document, "accessors", index);
  check(INDEX_TYPES.includes(accessor.componentType), `accessors[${index}] is not a list of indices.`);
  const { values, width } = readPacked(document, accessor, index);
  check(width === 1, `accessors[${index}] is not a list of single numbers.`);
  let highest = -1;
  for (const value of values) if (value > highest) highest = value;
  check(highest < vertexCount, `accessors[${index}] refers to vertex ${highest} of ${vertexCount}.`);
  return values;
}

/**
 * @param {import("./glb.js").Document} document
 * @param {any} accessor
 * @param {unknown} index For the message.
 * @returns {{values: any, width: number}} A typed array of its own, without gaps.
 */
function readPacked(document, accessor, index) {
  const ArrayType = ARRAYS.get(accessor.componentType);
  const width = WIDTHS.get(accessor.type);
  check(ArrayType && width, `accessors[${index}] has a type that is not supported.`);
  check(!accessor.sparse, `accessors[${index}] is sparse, which is not supported.`);
  const { count } = accessor;
  check(Number.isInteger(count) && count > 0 && count <= MAX_COUNT, `accessors[${index}] has an impossible count.`);

  const { bytes, stride } = bufferView(document, accessor.bufferView);
  const size = width * ArrayType.BYTES_PER_ELEMENT;
  const step = stride || size;
  const start = accessor.byteOffset ?? 0;
  const fits = Number.isInteger(start) && start >= 0 && Number.isInteger(step) && step >= size;
  check(fits && start + step * (count - 1) + size <= bytes.length, `accessors[${index}] lies outside of its data.`);
  return { values: new ArrayType(pack(bytes, { start, step, size, count })), width };
}

/**
 * @param {Uint8Array} bytes
 * @param {{start: number, step: number, size: number, count: number}} layout
 * @returns {ArrayBuffer} A copy whose elements follow one another.
 */
function pack(bytes, { start, step, size, count }) {
  if (step === size) return bytes.slice(start, start + size * count).buffer;
  const packed = new Uint8Array(size * count);
  for (let i = 0; i < count; i += 1) {
    packed.set(bytes.subarray(start + i * step, start + i * step + size), i * size);
  }
  return packed.buffer;
}
