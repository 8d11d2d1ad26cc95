import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import subsetFont from "subset-font";
import type { Plugin } from "vite";

/** Characters of the reading face: Latin-1, typographic punctuation, arrows and a few signs. */
const RANGES: ReadonlyArray<readonly [number, number]> = [
  [0x20, 0x7e],
  [0xa0, 0xff],
  [0x131, 0x131],
  [0x152, 0x153],
  [0x2010, 0x2027],
  [0x2030, 0x203a],
  [0x20ac, 0x20ac],
  [0x2122, 0x2122],
  [0x2190, 0x2193],
  [0x2212, 0x2212],
];

/** The weights the styles use, at every optical size; the other weights are a third of the file. */
const CUTS = [
  {
    from: "source-serif-4-latin-opsz-normal.woff2",
    to: "source-serif-4-normal.woff2",
    axes: { wght: { min: 400, max: 600 } },
  },
  {
    from: "source-serif-4-latin-wght-italic.woff2",
    to: "source-serif-4-italic.woff2",
    axes: { wght: { min: 400, max: 600 } },
  },
];

function readingCharacters(): string {
  return RANGES.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, offset) => String.fromCodePoint(first + offset)),
  ).join("");
}

/** Cuts the reading font down once; `.fonts/` keeps the result between builds. */
export function readingFont(root: string): Plugin {
  const source = join(root, "node_modules/@fontsource-variable/source-serif-4/files");
  const target = join(root, ".fonts");
  return {
    name: "scholr-reading-font",
    async buildStart() {
      mkdirSync(target, { recursive: true });
      for (const cut of CUTS) {
        const file = join(target, cut.to);
        if (existsSync(file)) continue;
        const font = readFileSync(join(source, cut.from));
        writeFileSync(
          file,
          await subsetFont(font, readingCharacters(), { targetFormat: "woff2", variationAxes: cut.axes }),
        );
      }
    },
  };
}
