/** The blocks of a lesson as the editor knows them; the server is the judge of what they may hold. */

export interface Block {
  id: string;
  type: string;
  [field: string]: unknown;
}

export interface Kind {
  type: string;
  label: string;
  hint: string;
  icon: string;
  /** Words that also find it in the menu. */
  words: string;
  blank: Record<string, unknown>;
}

export const KINDS: readonly Kind[] = [
  { type: "rich_text", label: "Text", hint: "Paragraphs, lists, links", icon: "pilcrow", words: "paragraph list quote", blank: { html: "" } },
  { type: "heading", label: "Heading", hint: "Begins a part of the lesson", icon: "heading", words: "title section", blank: { text: "", level: 2 } },
  { type: "image", label: "Picture", hint: "Upload, drop or paste one", icon: "image", words: "figure photo image", blank: { source: "", alt: "", decorative: false, caption: "" } },
  { type: "video", label: "Video", hint: "Upload one, or an address", icon: "video", words: "film youtube vimeo", blank: { source: "", title: "", transcript: "", duration_seconds: 0 } },
  { type: "file", label: "File", hint: "Something to download", icon: "paperclip", words: "document pdf download", blank: { source: "", name: "", size_bytes: 0 } },
  { type: "embed", label: "Embed", hint: "GeoGebra, Desmos, PhET, TED …", icon: "globe", words: "frame page simulation", blank: { address: "", title: "" } },
  { type: "code", label: "Code", hint: "Highlighted, easy to copy", icon: "code", words: "program source snippet", blank: { language: "python", code: "", caption: "" } },
  { type: "table", label: "Table", hint: "Rows and columns, or paste from a spreadsheet", icon: "table", words: "rows columns excel", blank: { caption: "", header: true, rows: [["", ""], ["", ""]] } },
  { type: "callout", label: "Callout", hint: "A note, a tip, a warning, a definition", icon: "lightbulb", words: "note tip warning definition box", blank: { tone: "note", title: "", html: "" } },
  { type: "quiz", label: "Quiz", hint: "Check what was understood", icon: "list-checks", words: "test assessment questions", blank: { assessment_id: "" } },
  { type: "checklist", label: "Checklist", hint: "Things to tick off", icon: "list-todo", words: "task todo steps", blank: { title: "", items: [""] } },
  { type: "math", label: "Formula", hint: "Written in LaTeX", icon: "sigma", words: "math equation latex", blank: { latex: "", alt: "" } },
];

export function kindOf(type: string): Kind | undefined {
  return KINDS.find((kind) => kind.type === type);
}

export function blank(type: string, id: string): Block {
  return { ...structuredClone(kindOf(type)?.blank ?? {}), id, type };
}

/** The kinds that a few typed letters mean: those whose name begins with them first. */
export function matchingKinds(typed: string): Kind[] {
  const text = typed.trim().toLowerCase();
  if (!text) return [...KINDS];
  const begins = KINDS.filter((kind) => kind.label.toLowerCase().startsWith(text));
  const holds = KINDS.filter(
    (kind) => !begins.includes(kind) && `${kind.label} ${kind.words}`.toLowerCase().split(" ").some((word) => word.startsWith(text)),
  );
  return [...begins, ...holds];
}

const NEEDED: Record<string, [field: string, sentence: string][]> = {
  heading: [["text", "write the heading"]],
  image: [["source", "choose a picture"]],
  video: [["source", "choose a video"], ["title", "give the video a title"]],
  file: [["source", "choose a file"], ["name", "name the file"]],
  embed: [["address", "give the address to embed"], ["title", "give the embedded page a title"]],
  code: [["code", "write the code"]],
  quiz: [["assessment_id", "choose a quiz"]],
  math: [["latex", "write the formula"]],
};

/** What a block still needs before it can be saved, as a field and a phrase; undefined when nothing. */
export function missing(block: Block): [field: string, sentence: string] | undefined {
  if (block.type === "image" && block.source && !block.alt && !block.decorative) {
    return ["alt", "describe the picture, or say that it only decorates"];
  }
  if (block.type === "checklist" && !(block.items as string[]).some((item) => item.trim())) {
    return ["items", "write what is to be ticked off"];
  }
  return NEEDED[block.type]?.find(([field]) => !String(block[field] ?? "").trim());
}

/**
 * What to send: complete blocks as they are; an incomplete one as it was saved last, or not at all when it
 * never was, so that half a picture does not keep a whole page from being saved.
 */
export function complete(blocks: readonly Block[], saved: ReadonlyMap<string, Block>): { send: Block[]; held: Block[] } {
  const held = blocks.filter((block) => missing(block));
  const send = blocks.flatMap((block) => {
    if (!missing(block)) return [tidy(block)];
    const before = saved.get(block.id);
    return before ? [before] : [];
  });
  return { send, held };
}

function tidy(block: Block): Block {
  if (block.type !== "checklist") return block;
  return { ...block, items: (block.items as string[]).filter((item) => item.trim()) };
}

/** Rows from what a spreadsheet copied: tabs between cells, lines between rows, all rows of one length. */
export function rowsOf(text: string): string[][] {
  const rows = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
  const width = Math.max(...rows.map((row) => row.length));
  return rows.map((row) => [...row, ...Array<string>(width - row.length).fill("")]);
}
