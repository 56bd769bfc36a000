/** @file The light that models stand in. The viewer works out from it what each surface reflects, which takes long for a large one where no
 * graphics card helps, and shows no difference on things that were photographed. */

const WIDTH = 64;
const HEIGHT = 32;
const ABOVE = 1.7;
const BELOW = 0.9;

/** Makes an image of light all around, in Radiance's format: brighter from above, of no colour. */
export function lightImage(): Blob {
  const head = new TextEncoder().encode(`#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y ${HEIGHT} +X ${WIDTH}\n`);
  const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let y = 0; y < HEIGHT; y += 1) {
    const height = Math.cos((Math.PI * (y + 0.5)) / HEIGHT); // 1 straight above, -1 straight below.
    const [mantissa, exponent] = shared(BELOW + ((ABOVE - BELOW) * (height + 1)) / 2);
    for (let x = 0; x < WIDTH; x += 1) pixels.set([mantissa, mantissa, mantissa, exponent], (y * WIDTH + x) * 4);
  }
  return new Blob([head, packed(pixels)]);
}

/** A brightness as a byte and the exponent that three of them share. */
export function shared(value: number): [mantissa: number, exponent: number] {
  const exponent = Math.ceil(Math.log2(value) + 1e-9);
  return [Math.min(255, Math.floor((value / 2 ** exponent) * 256)), exponent + 128];
}

/** Puts the lines as the format wants them: each channel by itself, in runs that are not repeated. */
function packed(pixels: Uint8Array): Uint8Array<ArrayBuffer> {
  const line = 4 + 4 * (1 + WIDTH);
  const out = new Uint8Array(line * HEIGHT);
  for (let y = 0; y < HEIGHT; y += 1) {
    out.set([2, 2, WIDTH >> 8, WIDTH & 255], y * line);
    for (let channel = 0; channel < 4; channel += 1) {
      const at = y * line + 4 + channel * (1 + WIDTH);
      out[at] = WIDTH;
      for (let x = 0; x < WIDTH; x += 1) out[at + 1 + x] = pixels[(y * WIDTH + x) * 4 + channel] ?? 0;
    }
  }
  return out;
}
