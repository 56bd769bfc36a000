/** @file Which point of the model is under the pointer. */

import { add, cross, dot, scale, subtract } from "./math.js";

/**
 * Finds where a ray first meets the model.
 *
 * @param {import("./model.js").Model} model
 * @param {number[]} origin
 * @param {number[]} direction
 * @returns {number[]|null} The point, or null when it misses.
 */
export function pick(model, origin, direction) {
  let nearest = Infinity;
  for (const part of model.parts) {
    const corner = (i) => {
      const vertex = (part.indices ? part.indices[i] : i) * 3;
      return [part.positions[vertex], part.positions[vertex + 1], part.positions[vertex + 2]];
    };
    for (let i = 0; i < part.count; i += 3) {
      const distance = meet(origin, direction, [corner(i), corner(i + 1), corner(i + 2)]);
      if (distance < nearest) nearest = distance;
    }
  }
  return Number.isFinite(nearest) ? add(origin, scale(direction, nearest)) : null;
}

/**
 * The Möller–Trumbore test.
 *
 * @param {number[]} origin
 * @param {number[]} direction
 * @param {number[][]} triangle
 * @returns {number} How far along the ray, or Infinity.
 */
function meet(origin, direction, [a, b, c]) {
  const first = subtract(b, a);
  const second = subtract(c, a);
  const p = cross(direction, second);
  const volume = dot(first, p);
  if (volume === 0) return Infinity;
  const fromCorner = subtract(origin, a);
  const u = dot(fromCorner, p) / volume;
  if (u < 0 || u > 1) return Infinity;
  const q = cross(fromCorner, first);
  const v = dot(direction, q) / volume;
  if (v < 0 || u + v > 1) return Infinity;
  const distance = dot(second, q) / volume;
  return distance > 0 ? distance : Infinity;
}
