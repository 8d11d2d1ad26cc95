import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

function symbol(root: string, name: string): string {
  const file = join(root, "node_modules/lucide-static/icons", `${name}.svg`);
  if (!existsSync(file)) throw new Error(`icons.json names "${name}", which lucide does not have`);
  const inside = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(readFileSync(file, "utf8"))?.[1] ?? "";
  return `<symbol id="i-${name}" viewBox="0 0 24 24">${inside.replace(/\s*\n\s*/g, "")}</symbol>`;
}

/** Makes one sprite of exactly the icons that icons.json lists, and passes the favicon on. */
export function iconSprite(root: string): Plugin {
  return {
    name: "scholr-icon-sprite",
    generateBundle() {
      const names: string[] = JSON.parse(readFileSync(join(root, "icons.json"), "utf8"));
      const symbols = [...new Set(names)].sort().map((name) => symbol(root, name));
      this.emitFile({
        type: "asset",
        name: "icons.svg",
        originalFileName: "icons.svg",
        source: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`,
      });
      this.emitFile({
        type: "asset",
        name: "favicon.svg",
        originalFileName: "favicon.svg",
        source: readFileSync(join(root, "src/favicon.svg"), "utf8"),
      });
    },
  };
}
