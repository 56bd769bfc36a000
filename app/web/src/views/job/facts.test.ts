import { expect, test } from "vitest";
import { askedOf, factsOf, isMadeUp } from "./facts";

test("facts in words", () => {
  const facts = factsOf({
    ...{ engine: "pixelmap", engine_version: "1.2", simulated: false, photos: 24, photos_registered: 22, seed: 0 },
    ...{ triangles: 60512, vertices: 30300, bytes: 3_800_000, seconds: 80.2, texture: [2048, 2048], focal_35mm: null, reprojection_error: 0.51234 },
  });
  expect(facts).toEqual([
    ["Photos used", "22 of 24"],
    ["Surface", "60,512 triangles"],
    ["Points", "30,300"],
    ["Texture", "2048 × 2048 pixels"],
    ["File", "3.8 MB"],
    ["Made in", "1 min 20 s"],
    ["Seed", "0"],
    ["Reprojection error", "0.5123"],
    ["Made by", "pixelmap 1.2"],
  ]);
});

test("no facts", () => {
  expect(factsOf(null)).toEqual([]);
  expect(factsOf(undefined)).toEqual([]);
});

test("what was asked for", () => {
  expect(askedOf({ fail_at: null, speed: 1.5, fast: true })).toEqual([["Fail at", "not set"], ["Speed", "1.5"], ["Fast", "yes"]]);
});

test("a model that was made up", () => {
  expect(isMadeUp({ simulated: true })).toBe(true);
  expect(isMadeUp({ simulated: false })).toBe(false);
  expect(isMadeUp(null)).toBe(false);
});
