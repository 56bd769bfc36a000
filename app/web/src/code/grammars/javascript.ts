/** @file How JavaScript and TypeScript are read, as a part of the page that is loaded when one is shown. */

import { parser as plain } from "@lezer/javascript";

/** JavaScript, and JSX, which does no harm where there is none. */
export const javascript = plain.configure({ dialect: "jsx" });

/** TypeScript: `<T>value` is a type here, and no element. */
export const typescript = plain.configure({ dialect: "ts" });

/** TypeScript with elements. */
export const tsx = plain.configure({ dialect: "jsx ts" });
