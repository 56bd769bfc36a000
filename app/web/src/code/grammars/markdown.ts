/** @file How Markdown is read, as a part of the page that is loaded when some is shown. */

import { GFM, parser } from "@lezer/markdown";

/** As GitHub writes it, with tables and task lists. */
export const markdown = parser.configure(GFM);
