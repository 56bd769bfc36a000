import { expect, test } from "vitest";
import { advice, kinds, refusal, refusalOfAll, taken, tooFew, typeOf } from "./limits";

const LIMITS = { files: 3, file_bytes: 1_000_000, total_bytes: 2_000_000, media_types: ["image/jpeg", "image/png", "image/webp"] };
const file = (name: string, size = 1_000, type = "image/jpeg") => ({ name, size, type });

test("what is taken, in words", () => {
  expect(kinds(LIMITS)).toBe("JPEG, PNG or WebP");
  expect(taken(LIMITS)).toBe("JPEG, PNG or WebP; up to 3 photos, each up to 1.0 MB, 2.0 MB together.");
});

test("a file's type, where the browser does not know it", () => {
  expect(typeOf(file("a.TIF", 1, ""))).toBe("image/tiff");
  expect(typeOf(file("a.jpg", 1, "image/png"))).toBe("image/png");
  expect(typeOf(file("a", 1, ""))).toBe("");
});

test("single files are refused in words", () => {
  expect(refusal(file("a.jpg"), LIMITS)).toBe("");
  expect(refusal(file("a.heic", 1, ""), LIMITS)).toContain("Save it as JPEG");
  expect(refusal(file("notes.txt", 1, "text/plain"), LIMITS)).toContain("JPEG, PNG or WebP");
  expect(refusal(file("a.jpg", 0), LIMITS)).toContain("empty");
  expect(refusal(file("a.jpg", 1_500_000), LIMITS)).toContain("1.5 MB");
});

test("too many, or too much together", () => {
  expect(refusalOfAll([file("a"), file("b"), file("c")], LIMITS)).toBe("");
  expect(refusalOfAll(Array.from({ length: 5 }, () => file("a")), LIMITS)).toContain("Remove 2");
  expect(refusalOfAll(Array.from({ length: 3 }, () => file("a", 900_000)), LIMITS)).toContain("2.7 MB together");
});

test("too few for an engine, as it says itself", () => {
  const engine = { name: "pixelmap", min_images: 4 };
  expect([0, 4, 5].map((many) => tooFew(many, engine))).toEqual(["", "", ""]);
  expect(tooFew(1, engine)).toBe("The engine pixelmap needs 4 photos at least. Add 3 more.");
  expect(tooFew(3, engine)).toBe("The engine pixelmap needs 4 photos at least. Add 1 more.");
  expect([tooFew(1, { name: "other" }), tooFew(1, undefined)]).toEqual(["", ""]);
});

test("advice for few", () => {
  expect(advice([])).toBe("");
  expect(advice([file("a")])).toContain("20 to 60");
  expect(advice([file("a"), file("b"), file("c")])).toBe("");
});
