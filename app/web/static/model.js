/**
 * @file From a binary glTF file to what can be drawn: triangles in world space, and their materials.
 *
 * @typedef {object} Material
 * @property {number[]} color Red, green, blue, alpha; linear.
 * @property {{image: number, wrapS: number, wrapT: number}|null} texture
 * @property {boolean} unlit
 * @property {boolean} doubleSided
 * @property {"OPAQUE"|"MASK"|"BLEND"} alphaMode
 * @property {number} alphaCutoff
 *
 * @typedef {object} Part
 * @property {Float32Array} positions
 * @property {Float32Array|null} normals
 * @property {Float32Array|null} uvs
 * @property {Float32Array|null} colors Four numbers a vertex.
 * @property {Uint8Array|Uint16Array|Uint32Array|null} indices
 * @property {number} count How many corners are drawn.
 * @property {boolean} mirrored
 * @property {Material} material
 *
 * @typedef {object} Model
 * @property {Part[]} parts
 * @property {Map<number, Blob>} images The images which the materials use.
 * @property {import("./framing.js").Frame} frame Where it is, and how large.
 * @property {number} triangles
 * @property {boolean} simulated Whether it says of itself that it was made up.
 */

import { readFloats, readIndices } from "./accessors.js";
import { frameOf } from "./framing.js";
import { bufferView, check, item, list, ModelError, readContainer } from "./glb.js";
import { compose, determinant, identity, multiply, normalMatrix } from "./math.js";

const SUPPORTED_EXTENSIONS = ["KHR_materials_unlit"];
const TRIANGLES = 4;
const REPEAT = 10497;
const WRAPS = [33071, 33648, REPEAT];
const MAX_DEPTH = 64;
const MAX_PARTS = 10_000;
const MAX_CORNERS = 60_000_000;

/**
 * Reads a binary glTF file.
 *
 * @param {ArrayBuffer} buffer
 * @returns {Model}
 * @throws {import("./glb.js").ModelError} When it is damaged or needs what this viewer does not have.
 */
export function readModel(buffer) {
  try {
    return readParts(buffer);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    // What is of another type than glTF says ends up here, in whatever step met it.
    throw new ModelError("The file is damaged: its description does not make sense.", { cause: error });
  }
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {Model}
 */
function readParts(buffer) {
  const document = readContainer(buffer);
  const unknown = list(document, "extensionsRequired").filter((name) => !SUPPORTED_EXTENSIONS.includes(name));
  check(unknown.length === 0, `It needs extensions that are not supported: ${unknown.join(", ")}.`);

  const model = { parts: [], images: new Map(), triangles: 0 };
  for (const { mesh, matrix } of placedMeshes(document)) {
    for (const primitive of mesh.primitives ?? []) {
      check(model.parts.length < MAX_PARTS, "It has too many parts.");
      const part = readPart(document, primitive, matrix);
      model.parts.push(part);
      model.triangles += part.count / 3;
      check(model.triangles * 3 <= MAX_CORNERS, "It has too many triangles to show here.");
      readImage(document, part.material, model.images);
    }
  }
  check(model.parts.length > 0, "It has nothing to show: no triangles.");
  const simulated = document.json.asset?.extras?.simulated === true;
  return { ...model, simulated, frame: frameOf(model.parts, boundsOf(model.parts)) };
}

/**
 * Walks the scene's tree of nodes.
 *
 * @param {import("./glb.js").Document} document
 * @returns {Generator<{mesh: any, matrix: import("./math.js").Matrix}>}
 */
function* placedMeshes(document) {
  const scene = item(document, "scenes", document.json.scene ?? 0);
  const seen = new Set();
  const waiting = (scene.nodes ?? []).map((index) => ({ index, parent: identity(), depth: 0 }));
  while (waiting.length > 0) {
    const { index, parent, depth } = waiting.pop();
    check(!seen.has(index) && depth < MAX_DEPTH, "Its nodes do not form a tree.");
    seen.add(index);
    const node = item(document, "nodes", index);
    const matrix = multiply(parent, localMatrix(node));
    check(matrix.every(Number.isFinite), `nodes[${index}] is placed nowhere.`);
    if (node.mesh !== undefined) yield { mesh: item(document, "meshes", node.mesh), matrix };
    for (const child of node.children ?? []) waiting.push({ index: child, parent: matrix, depth: depth + 1 });
  }
}

/**
 * @param {any} node
 * @returns {import("./math.js").Matrix}
 */
function localMatrix(node) {
  if (node.matrix) return Float64Array.from({ length: 16 }, (_, i) => node.matrix[i]);
  return compose(node.translation ?? [0, 0, 0], node.rotation ?? [0, 0, 0, 1], node.scale ?? [1, 1, 1]);
}

/**
 * @param {import("./glb.js").Document} document
 * @param {any} primitive
 * @param {import("./math.js").Matrix} matrix
 * @returns {Part}
 */
function readPart(document, primitive, matrix) {
  check((primitive.mode ?? TRIANGLES) === TRIANGLES, "It has parts which are not made of triangles.");
  const attributes = primitive.attributes ?? {};
  const { values: positions, count: vertices } = readFloats(document, attributes.POSITION, [3]);
  check(positions.every(Number.isFinite), "Some of its positions are not numbers.");
  const optional = (name, widths) => {
    if (attributes[name] === undefined) return null;
    const read = readFloats(document, attributes[name], widths);
    check(read.count === vertices, `${name} has another count than POSITION.`);
    return read;
  };
  const normals = optional("NORMAL", [3]);
  const indices = primitive.indices === undefined ? null : readIndices(document, primitive.indices, vertices);
  const corners = indices ? indices.length : vertices;
  return {
    positions: transformed(positions, [...matrix.slice(0, 3), ...matrix.slice(4, 7), ...matrix.slice(8, 11)], matrix.slice(12, 15)),
    normals: normals && transformed(normals.values, normalMatrix(matrix), [0, 0, 0]),
    uvs: optional("TEXCOORD_0", [2])?.values ?? null,
    colors: rgba(optional("COLOR_0", [3, 4])),
    indices,
    count: corners - (corners % 3),
    mirrored: determinant(matrix) < 0,
    material: readMaterial(document, primitive.material),
  };
}

/**
 * @param {Float32Array} values Three numbers an element.
 * @param {ArrayLike<number>} m Nine numbers, column by column.
 * @param {ArrayLike<number>} offset
 * @returns {Float32Array}
 */
function transformed(values, m, offset) {
  const moved = new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 3) {
    const [x, y, z] = [values[i], values[i + 1], values[i + 2]];
    for (let row = 0; row < 3; row += 1) moved[i + row] = m[row] * x + m[3 + row] * y + m[6 + row] * z + offset[row];
  }
  return moved;
}

/**
 * @param {{values: Float32Array, width: number, count: number}|null} read
 * @returns {Float32Array|null} Four numbers a vertex.
 */
function rgba(read) {
  if (!read || read.width === 4) return read?.values ?? null;
  const colors = new Float32Array(read.count * 4).fill(1);
  for (let i = 0; i < read.count; i += 1) colors.set(read.values.subarray(i * 3, i * 3 + 3), i * 4);
  return colors;
}

/**
 * @param {import("./glb.js").Document} document
 * @param {unknown} index
 * @returns {Material}
 */
function readMaterial(document, index) {
  const material = index === undefined ? {} : item(document, "materials", index);
  const surface = material.pbrMetallicRoughness ?? {};
  return {
    color: surface.baseColorFactor ?? [1, 1, 1, 1],
    texture: readTexture(document, surface.baseColorTexture),
    unlit: material.extensions?.KHR_materials_unlit !== undefined,
    doubleSided: material.doubleSided === true,
    alphaMode: material.alphaMode ?? "OPAQUE",
    alphaCutoff: material.alphaCutoff ?? 0.5,
  };
}

/**
 * @param {import("./glb.js").Document} document
 * @param {any} reference
 * @returns {Material["texture"]}
 */
function readTexture(document, reference) {
  if (!reference) return null;
  check((reference.texCoord ?? 0) === 0, "It has a texture on a second set of coordinates, which is not supported.");
  const texture = item(document, "textures", reference.index);
  const sampler = texture.sampler === undefined ? {} : item(document, "samplers", texture.sampler);
  const wrap = (value) => (WRAPS.includes(value) ? value : REPEAT);
  return { image: texture.source, wrapS: wrap(sampler.wrapS), wrapT: wrap(sampler.wrapT) };
}

/**
 * @param {import("./glb.js").Document} document
 * @param {Material} material
 * @param {Map<number, Blob>} images Where it is kept.
 */
function readImage(document, material, images) {
  const index = material.texture?.image;
  if (index === undefined || images.has(index)) return;
  const image = item(document, "images", index);
  check(image.bufferView !== undefined, "It keeps images outside of the file, which is not supported.");
  check(["image/jpeg", "image/png"].includes(image.mimeType), `images[${index}] is neither JPEG nor PNG.`);
  images.set(index, new Blob([bufferView(document, image.bufferView).bytes], { type: image.mimeType }));
}

/**
 * @param {Part[]} parts
 * @returns {{low: number[], high: number[]}}
 */
function boundsOf(parts) {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const { positions } of parts) {
    for (let i = 0; i < positions.length; i += 1) {
      if (positions[i] < low[i % 3]) low[i % 3] = positions[i];
      if (positions[i] > high[i % 3]) high[i % 3] = positions[i];
    }
  }
  return { low, high };
}
