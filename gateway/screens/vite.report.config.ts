// Reports: one page with everything in it, into which the gateway puts a document.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Puts script and styles into the page; nothing in them may end the element they stand in. */
function inOnePage(): Plugin {
  return {
    name: "in-one-page",
    enforce: "post",
    generateBundle(_, bundle) {
      let [script, style] = ["", ""];
      for (const [name, part] of Object.entries(bundle)) {
        if (part.type === "chunk") script += part.code;
        else if (name.endsWith(".css")) style += String(part.source);
        else throw new Error(`${name}: a report is one file, and takes no other with it`);
        delete bundle[name];
      }
      const page = readFileSync(here("src/report/page.html"), "utf8")
        .replace("%STYLE%", () => style.trim().replaceAll("</style", "<\\/style"))
        .replace("%SCRIPT%", () =>
          script.trim().replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--"),
        );
      this.emitFile({ type: "asset", fileName: "report.html", source: page });
    },
  };
}

export default defineConfig({
  resolve: { alias: { "@": here("src") } },
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  plugins: [inOnePage()],
  publicDir: false,
  build: {
    // Beside the screens, which were built there before.
    emptyOutDir: false,
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: here("src/report/main.tsx"),
      output: { inlineDynamicImports: true },
    },
  },
});
