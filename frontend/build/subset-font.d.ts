declare module "subset-font" {
  interface Options {
    targetFormat: "woff2" | "woff" | "sfnt";
    variationAxes?: Record<string, { min: number; max: number }>;
  }
  /** Cuts a font down to the characters of `text`. */
  export default function subsetFont(font: Uint8Array, text: string, options: Options): Promise<Uint8Array>;
}
