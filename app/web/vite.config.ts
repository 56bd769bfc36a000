/** @file How the page is built: into dist/, with each file beside itself in two compressed forms. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { firstViewWeighed } from "./weight.ts";

const LEAST_BYTES = 1024;

/** Compresses what was built, so that the server need not. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    writeBundle({ dir }) {
      const directory = join(dir ?? "dist", "assets/page");
      for (const name of readdirSync(directory)) {
        const content = readFileSync(join(directory, name));
        if (/\.(br|gz)$/.test(name) || content.length < LEAST_BYTES) continue;
        const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
        writeFileSync(join(directory, `${name}.br`), brotliCompressSync(content, brotli));
        writeFileSync(join(directory, `${name}.gz`), gzipSync(content, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [compressed(), firstViewWeighed()],
  resolve: {
    alias: { "three/examples/jsm/libs/meshopt_decoder.module.js": join(import.meta.dirname, "src/views/job/nodecoder.ts") },
  },
  build: {
    outDir: "dist",
    assetsDir: "assets/page",
    assetsInlineLimit: 0,
    // In one: a view's own that fails to load once is not tried again by the browser's loader.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    target: "es2022",
    sourcemap: false,
    reportCompressedSize: true,
    chunkSizeWarningLimit: 1200,
  },
});
