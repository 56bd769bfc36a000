/** @file The model on the page: puts renderer, camera and gestures together, and draws only when something changed. */

import { OrbitCamera } from "./camera.js";
import { listenToGestures } from "./gestures.js";
import { pick } from "./picking.js";
import { Renderer } from "./renderer.js";
import { decodeImages } from "./textures.js";

const BUTTON_ZOOM = 1.3;
const FIRST_STEP = 1 / 60;
const LONGEST_STEP = 0.1;
const MOST_PIXELS_PER_POINT = 2;

/** Shows one model in a canvas. */
export class Viewer {
  #scheduled = false;
  #last = 0;
  /** @type {import("./model.js").Model|null} */
  #model = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{touched: () => void}} listener Told of each touch.
   * @throws {import("./renderer.js").NoGraphics}
   */
  constructor(canvas, listener) {
    this.canvas = canvas;
    this.renderer = new Renderer(canvas);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.camera = new OrbitCamera({ smooth: !still });
    listenToGestures(canvas, this.camera, {
      changed: () => this.#request(),
      touched: () => {
        this.camera.drifting = false;
        listener.touched();
      },
      centre: (x, y) => this.#centre(x, y),
    });
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.renderer.restore();
      this.#request();
    });
    new ResizeObserver(() => this.#resize()).observe(canvas);
  }

  /**
   * Shows a model, all of it in the picture.
   *
   * @param {import("./model.js").Model} model
   */
  async show(model) {
    this.renderer.show(model, await decodeImages(model.images, this.renderer.largestTexture));
    this.#model = model;
    this.#resize();
    this.camera.frame(model.frame);
    this.#request();
  }

  /** Goes closer. */
  zoomIn() {
    this.#move(() => this.camera.zoom(1 / BUTTON_ZOOM));
  }

  /** Goes away. */
  zoomOut() {
    this.#move(() => this.camera.zoom(BUTTON_ZOOM));
  }

  /** Goes back to the whole model. */
  reset() {
    this.#move(() => this.camera.reset());
  }

  /** @param {() => void} movement */
  #move(movement) {
    this.camera.drifting = false;
    movement();
    this.#request();
  }

  /** @param {number} x @param {number} y */
  #centre(x, y) {
    const point = this.#model && pick(this.#model, this.camera.eye, this.camera.ray(x, y));
    if (point) this.camera.lookAt(point);
    else this.camera.reset();
  }

  #resize() {
    const { clientWidth, clientHeight } = this.canvas;
    if (clientWidth === 0 || clientHeight === 0) return;
    const density = Math.min(window.devicePixelRatio || 1, MOST_PIXELS_PER_POINT);
    this.renderer.resize(clientWidth * density, clientHeight * density);
    this.camera.resize(clientWidth / clientHeight);
    // A canvas is emptied by its resize: draw in the same frame, or it flickers.
    this.#draw();
  }

  #request() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame((time) => this.#frame(time));
  }

  /** @param {number} time Milliseconds. */
  #frame(time) {
    this.#scheduled = false;
    const seconds = this.#last === 0 ? FIRST_STEP : Math.min(LONGEST_STEP, Math.max(0, (time - this.#last) / 1000));
    const moving = this.camera.advance(seconds);
    this.#draw();
    this.#last = moving ? time : 0;
    if (moving) this.#request();
  }

  #draw() {
    this.renderer.draw(this.camera.matrices);
  }
}
