import { expect, test } from "vitest";
import { lightImage, shared } from "./light";

test("brightness keeps within a hundredth", () => {
  for (const value of [0.3, 0.55, 0.999, 1, 1.25, 2]) {
    const [mantissa, exponent] = shared(value);
    expect(mantissa).toBeLessThan(256);
    expect(Math.abs((mantissa / 256) * 2 ** (exponent - 128) - value)).toBeLessThan(0.01 * value);
  }
});

test("the image has its head and all its lines", async () => {
  const bytes = new Uint8Array(await lightImage().arrayBuffer());
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 64));
  expect(text.startsWith("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 32 +X 64\n")).toBe(true);
  expect(bytes.length).toBe("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 32 +X 64\n".length + 32 * (4 + 4 * 65));
});
