/** @file How styles are read, as a part of the page that is loaded when one is shown. */

export { parser as css } from "@lezer/css";
