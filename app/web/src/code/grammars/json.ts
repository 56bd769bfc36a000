/** @file How JSON is read, as a part of the page that is loaded when some is shown. */

export { parser as json } from "@lezer/json";
