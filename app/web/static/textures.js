/** @file The model's images: decoded once, kept for when the graphics card forgets them. */

import { ModelError } from "./glb.js";

const ANISOTROPY = 8;

/**
 * Decodes the images of a model; one that is larger than the graphics card takes is made smaller.
 *
 * @param {Map<number, Blob>} images
 * @param {number} largest Pixels along a side.
 * @returns {Promise<Map<number, ImageBitmap>>}
 */
export async function decodeImages(images, largest) {
  const decoded = await Promise.all([...images].map(async ([index, blob]) => [index, await decode(blob, largest)]));
  return new Map(decoded);
}

/**
 * @param {Blob} blob
 * @param {number} largest
 * @returns {Promise<ImageBitmap>}
 */
async function decode(blob, largest) {
  const options = { premultiplyAlpha: "none", colorSpaceConversion: "none" };
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, options);
  } catch {
    throw new ModelError("One of its images cannot be decoded.");
  }
  const side = Math.max(bitmap.width, bitmap.height);
  if (side <= largest) return bitmap;
  const resizeWidth = Math.max(1, Math.floor((bitmap.width * largest) / side));
  const resizeHeight = Math.max(1, Math.floor((bitmap.height * largest) / side));
  return createImageBitmap(bitmap, { ...options, resizeWidth, resizeHeight, resizeQuality: "high" });
}

/**
 * Gives an image to the graphics card: sRGB, with mipmaps, sharp at a slant.
 *
 * @param {WebGL2RenderingContext} gl
 * @param {ImageBitmap} bitmap
 * @param {{wrapS: number, wrapT: number}} wrap
 * @returns {WebGLTexture}
 */
export function uploadTexture(gl, bitmap, wrap) {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.SRGB8_ALPHA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.generateMipmap(gl.TEXTURE_2D);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, wrap.wrapS);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, wrap.wrapT);
  const anisotropic = gl.getExtension("EXT_texture_filter_anisotropic");
  if (anisotropic) {
    const most = gl.getParameter(anisotropic.MAX_TEXTURE_MAX_ANISOTROPY_EXT);
    gl.texParameterf(gl.TEXTURE_2D, anisotropic.TEXTURE_MAX_ANISOTROPY_EXT, Math.min(ANISOTROPY, most));
  }
  return texture;
}

/**
 * Gives the texture of what has none: one white pixel.
 *
 * @param {WebGL2RenderingContext} gl
 * @returns {WebGLTexture}
 */
export function whiteTexture(gl) {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array([255, 255, 255, 255]));
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  return texture;
}
