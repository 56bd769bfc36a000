/** @file What is known of a model, in words. */

import { labelOf } from "../../upload/schema";
import { count, duration, plural, size } from "../../words";

type Facts = Readonly<Record<string, unknown>>;

/** Something that is known, with what it is called. */
export type Fact = readonly [label: string, value: string];

/** Those that have words of their own; the others follow as they are. */
const KNOWN: readonly (readonly [name: string, label: string, say: (value: any, all: Facts) => string])[] = [
  ["photos_registered", "Photos used", (value, all) => (typeof all["photos"] === "number" ? `${count(value)} of ${count(all["photos"])}` : count(value))],
  ["triangles", "Surface", (value) => plural(value, "triangle")],
  ["vertices", "Points", (value) => count(value)],
  ["texture", "Texture", (value) => (Array.isArray(value) ? `${value.join(" × ")} pixels` : String(value))],
  ["bytes", "File", (value) => size(value)],
  ["seconds", "Made in", (value) => duration(value)],
  ["quality", "Quality", (value) => String(value)],
  ["focal_35mm", "Focal length", (value) => `${count(Math.round(value * 10) / 10)} mm (35 mm equivalent)`],
  ["peak_memory_mb", "Memory at most", (value) => size(value * 1_000_000)],
  ["seed", "Seed", (value) => String(value)],
];
const UNSAID = new Set(["simulated", "photos", "engine", "engine_version", "code", "why", "bytes_raw"]);

/** Gives what is known, those that people ask for first. */
export function factsOf(result: Facts | null | undefined): Fact[] {
  if (!result) return [];
  const facts: Fact[] = [];
  for (const [name, label, say] of KNOWN) {
    const value = result[name];
    if (value !== null && value !== undefined) facts.push([label, say(value, result)]);
  }
  for (const [name, value] of Object.entries(result)) {
    if (UNSAID.has(name) || KNOWN.some(([known]) => known === name) || value === null) continue;
    facts.push([labelOf(name), shown(value)]);
  }
  if (result["engine"]) facts.push(["Made by", [result["engine"], result["engine_version"]].filter(Boolean).join(" ")]);
  return facts;
}

/** Gives what a job was asked for. */
export function askedOf(parameters: Facts): Fact[] {
  return Object.entries(parameters).map(([name, value]) => [labelOf(name), value === null ? "not set" : shown(value)]);
}

/** Whether the photos were not looked at. */
export function isMadeUp(result: Facts | null | undefined): boolean {
  return result?.["simulated"] === true;
}

function shown(value: unknown): string {
  if (typeof value === "number") return new Intl.NumberFormat("en", { maximumFractionDigits: 4 }).format(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
