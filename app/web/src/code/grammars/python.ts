/** @file How Python is read, as a part of the page that is loaded when some is shown. */

export { parser as python } from "@lezer/python";
