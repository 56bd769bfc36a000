/**
 * @file Which part of space the picture has to hold. A scan has stragglers far from what was meant; they do not count.
 *
 * @typedef {object} Frame
 * @property {number[]} low
 * @property {number[]} high
 * @property {number[]} centre
 * @property {number} around How far it reaches from its upright axis.
 * @property {number} radius Of a ball around the centre that holds everything, stragglers included.
 */

import { add, length, scale, subtract } from "./math.js";

const STRAGGLERS = 0.02;
const MAX_SAMPLES = 30_000;

/**
 * Finds the middle of a model, and how much room it takes.
 *
 * @param {import("./model.js").Part[]} parts
 * @param {{low: number[], high: number[]}} bounds Of all the vertices.
 * @returns {Frame}
 */
export function frameOf(parts, bounds) {
  const points = samples(parts);
  const along = [0, 1, 2].map((axis) => Float64Array.from(points, (point) => point[axis]).sort());
  const low = along.map((values) => quantile(values, STRAGGLERS));
  const high = along.map((values) => quantile(values, 1 - STRAGGLERS));
  const centre = scale(add(low, high), 0.5);
  const reach = Float64Array.from(points, ([x, , z]) => Math.hypot(x - centre[0], z - centre[2])).sort();
  const corner = subtract(bounds.high, bounds.low).map((size, i) => size / 2 + Math.abs((bounds.high[i] + bounds.low[i]) / 2 - centre[i]));
  return { low, high, centre, around: quantile(reach, 1 - STRAGGLERS), radius: length(corner) || 1 };
}

/**
 * @param {import("./model.js").Part[]} parts
 * @returns {number[][]} Some of the vertices, evenly taken.
 */
function samples(parts) {
  const total = parts.reduce((sum, { positions }) => sum + positions.length / 3, 0);
  const step = Math.max(1, Math.ceil(total / MAX_SAMPLES));
  const points = [];
  for (const { positions } of parts) {
    for (let i = 0; i < positions.length; i += 3 * step) points.push([positions[i], positions[i + 1], positions[i + 2]]);
  }
  return points;
}

/**
 * @param {Float64Array} sorted
 * @param {number} part
 * @returns {number}
 */
function quantile(sorted, part) {
  return sorted[Math.round(part * (sorted.length - 1))];
}
