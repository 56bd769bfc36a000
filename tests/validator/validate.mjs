// Runs the Khronos validator over binary glTF files: `node validate.mjs FILE...` prints one JSON object of issues.
import { readFile } from "node:fs/promises";
import { validateBytes } from "gltf-validator";

const reports = {};
for (const path of process.argv.slice(2)) {
  const report = await validateBytes(new Uint8Array(await readFile(path)), { uri: path, maxIssues: 100 });
  reports[path] = report.issues;
}
process.stdout.write(JSON.stringify(reports));
