/**
 * @file Vectors of three numbers and column-major 4x4 matrices, as WebGL takes them.
 *
 * @typedef {number[]} Vector Three numbers.
 * @typedef {Float64Array} Matrix Sixteen numbers, column by column.
 */

/** @param {Vector} a @param {Vector} b @returns {Vector} */
export const add = (a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

/** @param {Vector} a @param {Vector} b @returns {Vector} */
export const subtract = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

/** @param {Vector} a @param {number} factor @returns {Vector} */
export const scale = (a, factor) => [a[0] * factor, a[1] * factor, a[2] * factor];

/** @param {Vector} a @param {Vector} b @returns {number} */
export const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** @param {Vector} a @param {Vector} b @returns {Vector} */
export const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

/** @param {Vector} a @returns {number} */
export const length = (a) => Math.hypot(a[0], a[1], a[2]);

/** @param {Vector} a @returns {Vector} The same direction with length 1; zero stays zero. */
export const normalize = (a) => scale(a, 1 / (length(a) || 1));

/** @param {number} value @param {number} low @param {number} high @returns {number} */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** @returns {Matrix} */
export const identity = () => Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);

/**
 * Gives the matrix that applies `b` first, then `a`.
 *
 * @param {Matrix} a
 * @param {Matrix} b
 * @returns {Matrix}
 */
export function multiply(a, b) {
  const product = new Float64Array(16);
  for (let column = 0; column < 4; column += 1) {
    for (let row = 0; row < 4; row += 1) {
      let sum = 0;
      for (let k = 0; k < 4; k += 1) sum += a[k * 4 + row] * b[column * 4 + k];
      product[column * 4 + row] = sum;
    }
  }
  return product;
}

/**
 * Composes a node's matrix as glTF does: scale, then rotate, then move.
 *
 * @param {Vector} translation
 * @param {number[]} rotation A unit quaternion x, y, z, w.
 * @param {Vector} size
 * @returns {Matrix}
 */
export function compose(translation, rotation, size) {
  const [x, y, z, w] = rotation;
  const [sx, sy, sz] = size;
  return Float64Array.of(
    (1 - 2 * (y * y + z * z)) * sx, 2 * (x * y + z * w) * sx, 2 * (x * z - y * w) * sx, 0,
    2 * (x * y - z * w) * sy, (1 - 2 * (x * x + z * z)) * sy, 2 * (y * z + x * w) * sy, 0,
    2 * (x * z + y * w) * sz, 2 * (y * z - x * w) * sz, (1 - 2 * (x * x + y * y)) * sz, 0,
    translation[0], translation[1], translation[2], 1,
  );
}

/**
 * Gives the cofactors of the upper 3x3 part: what turns normals, whatever the scale.
 *
 * @param {Matrix} m
 * @returns {number[]} Nine numbers, column by column.
 */
export function normalMatrix(m) {
  const [a, b, c] = [[m[0], m[1], m[2]], [m[4], m[5], m[6]], [m[8], m[9], m[10]]];
  return [...cross(b, c), ...cross(c, a), ...cross(a, b)];
}

/** @param {Matrix} m @returns {number} The determinant of the upper 3x3 part; below zero it mirrors. */
export const determinant = (m) => dot([m[0], m[1], m[2]], cross([m[4], m[5], m[6]], [m[8], m[9], m[10]]));

/**
 * @param {number} fieldOfView The vertical angle, in radians.
 * @param {number} aspect Width over height.
 * @param {number} near
 * @param {number} far
 * @returns {Matrix}
 */
export function perspective(fieldOfView, aspect, near, far) {
  const f = 1 / Math.tan(fieldOfView / 2);
  const depth = near - far;
  return Float64Array.of(f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, (far + near) / depth, -1, 0, 0, (2 * far * near) / depth, 0);
}

/**
 * Gives the matrix of a camera at `eye` which looks along `-back`.
 *
 * @param {Vector} eye
 * @param {{right: Vector, up: Vector, back: Vector}} axes Unit vectors at right angles.
 * @returns {Matrix}
 */
export function view(eye, { right, up, back }) {
  return Float64Array.of(
    right[0], up[0], back[0], 0,
    right[1], up[1], back[1], 0,
    right[2], up[2], back[2], 0,
    -dot(right, eye), -dot(up, eye), -dot(back, eye), 1,
  );
}
