/** @file How HTML is read, with the scripts and styles in it, as a part of the page that is loaded when some is shown. */

import { configureNesting, parser } from "@lezer/html";
import { css } from "./css";
import { javascript, tsx } from "./javascript";

const WITH_TYPES = ["ts", "tsx", "typescript"];
const NO_SCRIPTS = ["application/json", "importmap", "application/ld+json"];

/** HTML, and what is written like it. */
export const html = parser.configure({
  wrap: configureNesting([
    { tag: "script", attrs: ({ lang = "" }) => WITH_TYPES.includes(lang), parser: tsx },
    { tag: "script", attrs: ({ type = "" }) => !NO_SCRIPTS.includes(type), parser: javascript },
    { tag: "style", parser: css },
  ]),
});
