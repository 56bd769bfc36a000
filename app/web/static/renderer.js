/** @file Draws one model with WebGL 2; draws only when it is told to. */

import { ATTRIBUTES, link, SHADOW, SURFACE } from "./shaders.js";
import { uploadTexture, whiteTexture } from "./textures.js";

const SHADOW_SPREAD = 1.5;

/** This browser cannot draw in 3D. */
export class NoGraphics extends Error {}

/** Holds what the graphics card holds, and can make it again when the card forgets. */
export class Renderer {
  /** @type {{part: import("./model.js").Part, array: WebGLVertexArrayObject, texture: WebGLTexture, type: number}[]} */
  #draws = [];
  /** @type {{model: import("./model.js").Model, bitmaps: Map<number, ImageBitmap>}|null} */
  #shown = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @throws {NoGraphics}
   */
  constructor(canvas) {
    this.canvas = canvas;
    const gl = canvas.getContext("webgl2", { antialias: true, alpha: true, powerPreference: "high-performance" });
    if (!gl) throw new NoGraphics("WebGL 2 is not available.");
    this.gl = gl;
    this.#prepare();
  }

  /** @returns {number} The longest side of an image that the graphics card takes. */
  get largestTexture() {
    return this.gl.getParameter(this.gl.MAX_TEXTURE_SIZE) ?? 2048;
  }

  /**
   * Takes a model; the next `draw` shows it.
   *
   * @param {import("./model.js").Model} model
   * @param {Map<number, ImageBitmap>} bitmaps
   */
  show(model, bitmaps) {
    this.#shown = { model, bitmaps };
    this.#upload();
  }

  /** Makes everything again, after the graphics card has lost it. */
  restore() {
    this.#prepare();
    if (this.#shown) this.#upload();
  }

  /**
   * Fits the picture to the canvas' place on the page, in real pixels.
   *
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    const largest = this.largestTexture;
    this.canvas.width = Math.max(1, Math.min(largest, Math.round(width)));
    this.canvas.height = Math.max(1, Math.min(largest, Math.round(height)));
  }

  /**
   * Draws one picture.
   *
   * @param {{viewProjection: Float64Array, eye: number[]}} camera
   */
  draw({ viewProjection, eye }) {
    const { gl } = this;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    if (!this.#shown) return;
    const matrix = Float32Array.from(viewProjection);
    this.#drawSurfaces(matrix, eye, false);
    this.#drawShadow(matrix, eye);
    this.#drawSurfaces(matrix, eye, true);
  }

  #prepare() {
    const { gl } = this;
    this.#draws = [];
    this.surface = link(gl, SURFACE);
    this.shadow = link(gl, SHADOW);
    this.white = whiteTexture(gl);
    this.disc = gl.createVertexArray();
    gl.bindVertexArray(this.disc);
    this.#attribute(ATTRIBUTES.position, new Float32Array([-1, 0, -1, 1, 0, -1, -1, 0, 1, 1, 0, 1]), 3);
    gl.bindVertexArray(null);
    gl.enable(gl.DEPTH_TEST);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  #upload() {
    const { gl } = this;
    const { model, bitmaps } = this.#shown;
    const textures = new Map();
    const textureOf = ({ texture }) => {
      if (!texture) return this.white;
      const key = `${texture.image} ${texture.wrapS} ${texture.wrapT}`;
      if (!textures.has(key)) textures.set(key, uploadTexture(gl, bitmaps.get(texture.image), texture));
      return textures.get(key);
    };
    this.#draws = model.parts.map((part) => ({ part, array: this.#arrayOf(part), texture: textureOf(part.material), type: typeOf(gl, part) }));
  }

  /** @param {import("./model.js").Part} part */
  #arrayOf(part) {
    const { gl } = this;
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    this.#attribute(ATTRIBUTES.position, part.positions, 3);
    if (part.normals) this.#attribute(ATTRIBUTES.normal, part.normals, 3);
    if (part.uvs) this.#attribute(ATTRIBUTES.uv, part.uvs, 2);
    if (part.colors) this.#attribute(ATTRIBUTES.color, part.colors, 4);
    if (part.indices) {
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, part.indices, gl.STATIC_DRAW);
    }
    gl.bindVertexArray(null);
    return array;
  }

  /**
   * @param {number} place
   * @param {Float32Array} values
   * @param {number} width
   */
  #attribute(place, values, width) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, width, gl.FLOAT, false, 0, 0);
  }

  /**
   * @param {Float32Array} viewProjection
   * @param {number[]} eye
   * @param {boolean} blended Draws the see-through parts, or all the others.
   */
  #drawSurfaces(viewProjection, eye, blended) {
    const { gl } = this;
    const { program, uniforms } = this.surface;
    gl.useProgram(program);
    gl.uniformMatrix4fv(uniforms.viewProjection, false, viewProjection);
    gl.uniform3fv(uniforms.eye, eye);
    gl.vertexAttrib4f(ATTRIBUTES.color, 1, 1, 1, 1);
    gl.depthMask(!blended);
    set(gl, gl.BLEND, blended);
    for (const draw of this.#draws) {
      if ((draw.part.material.alphaMode === "BLEND") === blended) this.#drawPart(draw, uniforms);
    }
    gl.depthMask(true);
  }

  #drawPart({ part, array, texture, type }, uniforms) {
    const { gl } = this;
    const { material } = part;
    gl.uniform4fv(uniforms.baseColor, material.color);
    gl.uniform1i(uniforms.lit, material.unlit ? 0 : 1);
    gl.uniform1i(uniforms.hasNormals, part.normals ? 1 : 0);
    gl.uniform1i(uniforms.opaque, material.alphaMode === "BLEND" ? 0 : 1);
    gl.uniform1f(uniforms.cutoff, material.alphaMode === "MASK" ? material.alphaCutoff : 0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    set(gl, gl.CULL_FACE, !material.doubleSided);
    gl.frontFace(part.mirrored ? gl.CW : gl.CCW);
    gl.bindVertexArray(array);
    if (part.indices) gl.drawElements(gl.TRIANGLES, part.count, type, 0);
    else gl.drawArrays(gl.TRIANGLES, 0, part.count);
    gl.bindVertexArray(null);
  }

  /**
   * @param {Float32Array} viewProjection
   * @param {number[]} eye
   */
  #drawShadow(viewProjection, eye) {
    const { gl } = this;
    const { low, high } = this.#shown.model.frame;
    const size = Math.max(high[0] - low[0], high[1] - low[1], high[2] - low[2]);
    const above = (eye[1] - low[1]) / (size || 1);
    const strength = 0.34 * Math.min(1, Math.max(0, above * 4));
    if (strength === 0) return;
    const { program, uniforms } = this.shadow;
    gl.useProgram(program);
    gl.uniformMatrix4fv(uniforms.viewProjection, false, viewProjection);
    gl.uniform3f(uniforms.centre, (low[0] + high[0]) / 2, low[1] - size * 0.004, (low[2] + high[2]) / 2);
    gl.uniform2f(uniforms.radii, ((high[0] - low[0]) / 2) * SHADOW_SPREAD, ((high[2] - low[2]) / 2) * SHADOW_SPREAD);
    gl.uniform1f(uniforms.strength, strength);
    gl.disable(gl.CULL_FACE);
    gl.enable(gl.BLEND);
    gl.depthMask(false);
    gl.bindVertexArray(this.disc);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.bindVertexArray(null);
    gl.depthMask(true);
  }
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {number} capability
 * @param {boolean} on
 */
function set(gl, capability, on) {
  if (on) gl.enable(capability);
  else gl.disable(capability);
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {import("./model.js").Part} part
 * @returns {number} The type of its indices.
 */
function typeOf(gl, { indices }) {
  if (indices instanceof Uint8Array) return gl.UNSIGNED_BYTE;
  return indices instanceof Uint16Array ? gl.UNSIGNED_SHORT : gl.UNSIGNED_INT;
}
