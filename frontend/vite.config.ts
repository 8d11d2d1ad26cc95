import { readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { readingFont } from "./build/fonts";
import { iconSprite } from "./build/icons";

const root = import.meta.dirname;

const WORKER = join(root, "src/worker/service-worker.ts");

/** Every page stylesheet is an entry of its own: a new file in styles/pages needs no line here. */
const pageStyles = readdirSync(join(root, "src/styles/pages"))
  .filter((file) => file.endsWith(".css"))
  .map((file) => join(root, "src/styles/pages", file));

export default defineConfig({
  root,
  // Relative, so that the bundle works below whatever address the files are served from.
  base: "./",
  publicDir: false,
  plugins: [readingFont(root), iconSprite(root)],
  build: {
    outDir: join(root, "../src/scholr/web/static/dist"),
    // A running server still names the files of the build before; tools/build_frontend.py clears them later.
    emptyOutDir: false,
    manifest: "manifest.json",
    target: "es2022",
    // oklch(), light-dark() and relative colours must reach the browser as written.
    cssTarget: "esnext",
    // data: addresses are not allowed by the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      onwarn(warning, warn) {
        // htmx carries an eval that `allowEval = false` keeps it from reaching.
        if (warning.code !== "EVAL") warn(warning);
      },
      input: [join(root, "src/main.ts"), WORKER, join(root, "src/styles/app.css"), ...pageStyles],
      output: {
        // The worker is served at one address for ever (/sw.js), and browsers ask there whether it has changed.
        entryFileNames: (chunk) => (chunk.facadeModuleId === WORKER ? "service-worker.js" : "[name]-[hash].js"),
        chunkFileNames: "chunk-[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
