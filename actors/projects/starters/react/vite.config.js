import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// A relative base: what is built runs wherever it is put. `--base` on the command line wins over it.
export default defineConfig({
  base: "./",
  clearScreen: false,
  plugins: [react()],
});
