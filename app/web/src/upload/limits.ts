/** @file What a server takes, and what of some files it would: looked at before anything is sent. */

import { count, plural, size } from "../words";

/** What `GET /engines` says of uploads. */
export interface Limits {
  readonly files: number;
  readonly file_bytes: number;
  readonly total_bytes: number;
  readonly media_types: readonly string[];
}

/** What can be told of a file without reading it. */
export interface Sized {
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

/** Less than this shows a thing from hardly more than one side. */
const FEW = 3;
const KINDS: Record<string, string> = { "image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP", "image/tiff": "TIFF" };
const ENDINGS: Record<string, string> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  mpo: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  tif: "image/tiff",
  tiff: "image/tiff",
  heic: "image/heic",
  heif: "image/heif",
};

/** A file's media type: as the browser says, or by how its name ends, since not every system knows every kind. */
export function typeOf(file: Sized): string {
  const ending = file.name.toLowerCase().split(".").at(-1) ?? "";
  return file.type || (ENDINGS[ending] ?? "");
}

/** The kinds of photos that are taken, as "JPEG, PNG or WebP". */
export function kinds(limits: Limits): string {
  const names = limits.media_types.map((type) => KINDS[type] ?? type.replace(/^image\//, "").toUpperCase());
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

/** What the server takes, in one sentence. */
export function taken(limits: Limits): string {
  return `${kinds(limits)}; up to ${plural(limits.files, "photo")}, each up to ${size(limits.file_bytes)}, ${size(limits.total_bytes)} together.`;
}

/** Says why a file cannot be one of the photos; empty when it can. */
export function refusal(file: Sized, limits: Limits): string {
  const type = typeOf(file);
  if (/^image\/hei[cf]$/.test(type)) {
    return `HEIC photos cannot be read here. Save it as JPEG; an iPhone takes JPEG with Settings, Camera, Formats, Most Compatible.`;
  }
  if (!limits.media_types.includes(type)) return `It is no photo that can be read here: ${kinds(limits)}.`;
  if (file.size === 0) return "The file is empty. Copy it from the camera again.";
  if (file.size > limits.file_bytes) {
    return `It is ${size(file.size)} large, and a photo may have ${size(limits.file_bytes)}. Save it with a stronger compression.`;
  }
  return "";
}

/** Says why photos cannot be sent together; empty when they can. */
export function refusalOfAll(files: readonly Sized[], limits: Limits): string {
  if (files.length > limits.files) {
    return `These are ${count(files.length)} photos, and ${count(limits.files)} can be sent together. Remove ${count(files.length - limits.files)}.`;
  }
  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (total > limits.total_bytes) {
    return `These photos are ${size(total)} together, and ${size(limits.total_bytes)} can be sent. Remove some, or save them with a stronger compression.`;
  }
  return "";
}

/** What `GET /engines` says of how many photos an engine needs; a server that says nothing finds out when the job runs. */
export interface Wanting {
  readonly name: string;
  readonly min_images?: number;
}

/** Says why an engine can make nothing of so few photos; empty when it can, when it does not say so, and when there are none yet. */
export function tooFew(many: number, engine: Wanting | undefined): string {
  const missing = (engine?.min_images ?? 0) - many;
  if (engine === undefined || many === 0 || missing <= 0) return "";
  return `The engine ${engine.name} needs ${plural(engine.min_images ?? 0, "photo")} at least. Add ${count(missing)} more.`;
}

/** Says what helps, when photos could be sent that will hardly make a model; empty when that is not so. */
export function advice(files: readonly Sized[]): string {
  if (files.length === 0 || files.length >= FEW) return "";
  return "So few photos hardly make a model. 20 to 60 from all around the thing, each showing two thirds of the one before, make a good one.";
}
