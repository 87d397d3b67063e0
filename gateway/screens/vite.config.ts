import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const GATEWAY = process.env["TIDEGAUGE_GATEWAY"] ?? "http://127.0.0.1:8321";

// Every page at the root is an entry of its own: index.html is the screens, docs.html the API.
const pages = readdirSync(here("."))
  .filter((name) => name.endsWith(".html"))
  .map((name) => here(name));

export default defineConfig({
  resolve: { alias: { "@": here("src") } },
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    // The page's policy lets images come from files of ours only, never from inside the text.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: pages },
  },
  server: { proxy: { "/v1": { target: GATEWAY, ws: true }, "/metrics": GATEWAY } },
});
