/** @file A camera that turns around a point. Knows nothing of the page: gestures move it, the viewer asks it. */

import { add, clamp, cross, length, multiply, normalize, perspective, scale, subtract, view } from "./math.js";

const FIELD_OF_VIEW = (32 * Math.PI) / 180;
const HALF_HEIGHT = Math.tan(FIELD_OF_VIEW / 2);
const FIRST_YAW = 0.45;
const FIRST_PITCH = 0.34;
const STEEPEST = 1.5;
const MARGIN = 1.06;
const QUICKNESS = 16;
const STILL = 1e-4;
const DRIFT = 0.22;

/** Follows its goal smoothly, or at once where motion is not wanted. */
export class OrbitCamera {
  /** @param {{smooth: boolean}} options */
  constructor({ smooth }) {
    this.smooth = smooth;
    this.drifting = smooth;
    this.aspect = 1;
    this.frame({ low: [-1, -1, -1], high: [1, 1, 1], centre: [0, 0, 0], around: 1, radius: 2 });
  }

  /**
   * Looks at the whole of a model, and forgets where it looked before.
   *
   * @param {import("./framing.js").Frame} frame
   */
  frame({ low, high, centre, around, radius }) {
    this.centre = centre;
    this.upright = (high[1] - low[1]) / 2;
    this.around = around;
    this.radius = radius;
    this.goal = this.#home();
    this.now = { ...this.goal };
  }

  /** Goes back to where it began. */
  reset() {
    this.goal = this.#home();
    this.goal.yaw += 2 * Math.PI * Math.round((this.now.yaw - this.goal.yaw) / (2 * Math.PI));
  }

  /** @param {number} aspect Width over height of the picture. */
  resize(aspect) {
    const away = this.goal.distance / this.#wholeDistance();
    this.aspect = aspect;
    this.goal.distance = away * this.#wholeDistance();
    this.now.distance = this.goal.distance;
  }

  /** @param {number} yaw Radians. @param {number} pitch Radians. */
  turn(yaw, pitch) {
    this.goal.yaw += yaw;
    this.goal.pitch = clamp(this.goal.pitch + pitch, -STEEPEST, STEEPEST);
  }

  /** @param {number} factor Above 1 goes away. */
  zoom(factor) {
    this.goal.distance = clamp(this.goal.distance * factor, this.#wholeDistance() * 0.04, this.#wholeDistance() * 4);
  }

  /**
   * Moves sideways, so that the model follows the pointer.
   *
   * @param {number} x Parts of the picture's height, to the right.
   * @param {number} y Parts of the picture's height, down.
   */
  pan(x, y) {
    const { right, up } = this.#axes();
    const step = 2 * HALF_HEIGHT * this.now.distance;
    this.lookAt(add(this.goal.target, add(scale(right, -x * step), scale(up, y * step))));
  }

  /** @param {number[]} point What to turn around from now on; kept near the model. */
  lookAt(point) {
    const away = subtract(point, this.centre);
    const reach = Math.min(1, (2 * this.radius) / (length(away) || 1));
    this.goal.target = add(this.centre, scale(away, reach));
  }

  /**
   * Moves towards the goal.
   *
   * @param {number} seconds Since the last picture.
   * @returns {boolean} Whether it has not arrived yet.
   */
  advance(seconds) {
    if (this.drifting) this.goal.yaw += DRIFT * seconds;
    const part = this.smooth ? 1 - Math.exp(-QUICKNESS * seconds) : 1;
    const { now, goal } = this;
    const left = Math.max(
      Math.abs(goal.yaw - now.yaw),
      Math.abs(goal.pitch - now.pitch),
      Math.abs(goal.distance - now.distance) / this.radius,
      length(subtract(goal.target, now.target)) / this.radius,
    );
    const arrived = left < STILL || part === 1;
    const towards = (from, to) => (arrived ? to : from + (to - from) * part);
    this.now = {
      yaw: towards(now.yaw, goal.yaw),
      pitch: towards(now.pitch, goal.pitch),
      distance: towards(now.distance, goal.distance),
      target: now.target.map((value, i) => towards(value, goal.target[i])),
    };
    return this.drifting || !arrived;
  }

  /** @returns {{viewProjection: Float64Array, eye: number[]}} What the renderer draws with. */
  get matrices() {
    const axes = this.#axes();
    const eye = this.eye;
    const reach = this.radius * 2 + length(subtract(this.now.target, this.centre));
    const near = Math.max(this.now.distance - reach, this.radius * 0.01);
    const projection = perspective(FIELD_OF_VIEW, this.aspect, near, this.now.distance + reach);
    return { viewProjection: multiply(projection, view(eye, axes)), eye };
  }

  /** @returns {number[]} Where it is. */
  get eye() {
    return add(this.now.target, scale(this.#axes().back, this.now.distance));
  }

  /**
   * Gives the direction of sight through a point of the picture.
   *
   * @param {number} x From -1 (left) to 1.
   * @param {number} y From -1 (bottom) to 1.
   * @returns {number[]}
   */
  ray(x, y) {
    const { right, up, back } = this.#axes();
    const sideways = add(scale(right, x * HALF_HEIGHT * this.aspect), scale(up, y * HALF_HEIGHT));
    return normalize(subtract(sideways, back));
  }

  #home() {
    return { yaw: FIRST_YAW, pitch: FIRST_PITCH, distance: this.#wholeDistance(), target: [...this.centre] };
  }

  /** The distance from which a drum around the model fits: its near lower edge is what is cut off first, or its sides. */
  #wholeDistance() {
    const [sin, cos] = [Math.sin(FIRST_PITCH), Math.cos(FIRST_PITCH)];
    const lowest = this.upright * cos + this.around * sin;
    const nearer = this.around * cos - this.upright * sin;
    const upright = lowest / HALF_HEIGHT + nearer;
    const sideways = this.around * Math.hypot(1, 1 / (HALF_HEIGHT * this.aspect));
    return MARGIN * Math.max(upright, sideways) || this.radius;
  }

  #axes() {
    const { yaw, pitch } = this.now;
    const back = [Math.sin(yaw) * Math.cos(pitch), Math.sin(pitch), Math.cos(yaw) * Math.cos(pitch)];
    const right = [Math.cos(yaw), 0, -Math.sin(yaw)];
    return { right, up: cross(back, right), back };
  }
}
