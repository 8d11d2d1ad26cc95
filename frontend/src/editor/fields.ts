/** The blocks that are not running text: small forms that look like what they make. */
import { icon } from "../lib/dom";
import { getJson } from "../lib/http";
import { rowsOf, type Block } from "./model";

export interface FieldParts {
  block: Block;
  /** Addresses of uploaded files, by `asset:` id. */
  files: Map<string, string>;
  /** Quizzes to choose from; fetched once. */
  quizzes(): Promise<{ id: string; title: string }[]>;
  changed(): void;
  upload(file: File): void;
}

type Builder = (parts: FieldParts, box: HTMLElement) => void;

let serial = 0;

function labelled(label: string, control: HTMLElement, quiet = false): HTMLElement {
  const row = document.createElement("div");
  row.className = "field";
  control.id ||= `ed-${(serial += 1)}`;
  const name = document.createElement("label");
  name.htmlFor = control.id;
  name.textContent = label;
  if (quiet) name.className = "sr";
  row.append(name, control);
  return row;
}

interface TextOptions {
  rows?: number;
  className?: string;
  placeholder?: string;
  quiet?: boolean;
  type?: string;
}

function text(parts: FieldParts, field: string, label: string, options: TextOptions = {}): HTMLElement {
  const control = document.createElement(options.rows ? "textarea" : "input");
  control.className = `in ${options.className ?? ""}`.trim();
  control.value = String(parts.block[field] ?? "");
  control.dataset.field = field;
  if (options.placeholder) control.placeholder = options.placeholder;
  if (control instanceof HTMLTextAreaElement) control.rows = options.rows ?? 2;
  else control.type = options.type ?? "text";
  control.addEventListener("input", () => {
    parts.block[field] = control.value;
    parts.changed();
  });
  return labelled(label, control, options.quiet);
}

function choice(parts: FieldParts, field: string, label: string, options: [string, string][], number = false): HTMLElement {
  const wrap = document.createElement("span");
  wrap.className = "selwrap";
  const control = document.createElement("select");
  control.className = "sel";
  control.dataset.field = field;
  control.append(...options.map(([value, name]) => new Option(name, value, false, value === String(parts.block[field]))));
  control.addEventListener("change", () => {
    parts.block[field] = number ? Number(control.value) : control.value;
    parts.changed();
  });
  const row = labelled(label, control);
  wrap.append(control, icon("chevron-down", "i-sm"));
  row.append(wrap);
  return row;
}

function tick(parts: FieldParts, field: string, label: string): HTMLElement {
  const row = document.createElement("label");
  row.className = "check";
  const control = document.createElement("input");
  control.type = "checkbox";
  control.checked = Boolean(parts.block[field]);
  control.addEventListener("change", () => {
    parts.block[field] = control.checked;
    parts.changed();
  });
  const name = document.createElement("span");
  name.textContent = label;
  row.append(control, name);
  return row;
}

function picker(parts: FieldParts, label: string, accept: string): HTMLElement {
  const row = document.createElement("label");
  row.className = "ed-pick";
  const control = document.createElement("input");
  control.type = "file";
  control.accept = accept;
  control.className = "sr";
  control.addEventListener("change", () => {
    const file = control.files?.[0];
    if (file) parts.upload(file);
  });
  const name = document.createElement("span");
  name.textContent = label;
  row.append(icon("upload", "i-sm"), control, name);
  return row;
}

function addressOf(parts: FieldParts): string {
  const source = String(parts.block.source ?? "");
  return source.startsWith("asset:") ? (parts.files.get(source) ?? "") : source;
}

const image: Builder = (parts, box) => {
  const url = addressOf(parts);
  if (url) {
    const shown = document.createElement("img");
    shown.src = url;
    shown.alt = "";
    box.append(shown);
  }
  box.append(picker(parts, url ? "Another picture" : "Choose a picture, or drop it here", "image/*"));
  if (!url) box.append(text(parts, "source", "Or its https address", { type: "url" }));
  box.append(
    text(parts, "alt", "What it shows", { placeholder: "Read to those who cannot see it" }),
    tick(parts, "decorative", "It only decorates"),
    text(parts, "caption", "Caption"),
  );
};

const video: Builder = (parts, box) => {
  const url = addressOf(parts);
  if (url && String(parts.block.source).startsWith("asset:")) {
    const shown = document.createElement("video");
    shown.className = "b-video";
    shown.src = url;
    shown.controls = true;
    shown.preload = "metadata";
    shown.addEventListener("loadedmetadata", () => {
      const seconds = Math.round(shown.duration) || 0;
      if (parts.block.duration_seconds === seconds) return;
      parts.block.duration_seconds = seconds;
      parts.changed();
    });
    box.append(shown);
  }
  box.append(
    picker(parts, "Upload a video", "video/mp4,video/webm"),
    text(parts, "source", "Or its address", { type: "url", placeholder: "https://www.youtube.com/watch?v=…" }),
    text(parts, "title", "Title"),
    text(parts, "transcript", "Transcript", { rows: 3 }),
  );
};

const file: Builder = (parts, box) => {
  if (!parts.block.source) box.append(picker(parts, "Choose a file", ""));
  else box.append(text(parts, "name", "Name of the file"));
};

const code: Builder = (parts, box) => {
  const area = text(parts, "code", "Code", { rows: 6, className: "ed-code", quiet: true });
  area.querySelector("textarea")?.addEventListener("keydown", indent);
  box.append(text(parts, "language", "Language", { placeholder: "python" }), area, text(parts, "caption", "Caption"));
};

/** Tab writes two spaces; Escape first lets Tab move the focus on again. */
function indent(event: KeyboardEvent): void {
  const area = event.currentTarget;
  if (!(area instanceof HTMLTextAreaElement)) return;
  if (event.key === "Escape") area.dataset.free = "yes";
  if (event.key !== "Tab" || event.shiftKey || area.dataset.free) {
    if (event.key !== "Escape" && event.key !== "Tab") delete area.dataset.free;
    return;
  }
  event.preventDefault();
  area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

const table: Builder = (parts, box) => {
  const frame = document.createElement("div");
  frame.className = "tw";
  const draw = () => frame.replaceChildren(grid(parts, draw));
  draw();
  const tools = document.createElement("div");
  tools.className = "row row-w g2";
  const rows = () => parts.block.rows as string[][];
  const change = (next: string[][]) => {
    parts.block.rows = next;
    parts.changed();
    draw();
  };
  tools.append(
    action("Add row", () => change([...rows(), rows()[0]?.map(() => "") ?? [""]])),
    action("Add column", () => change(rows().map((row) => [...row, ""]))),
    action("Remove last row", () => rows().length > 1 && change(rows().slice(0, -1))),
    action("Remove last column", () => (rows()[0]?.length ?? 0) > 1 && change(rows().map((row) => row.slice(0, -1)))),
    tick(parts, "header", "The first row is the head"),
  );
  box.append(frame, tools, text(parts, "caption", "Caption"));
};

function action(label: string, run: () => void): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn sm";
  button.textContent = label;
  button.addEventListener("click", run);
  return button;
}

function grid(parts: FieldParts, redraw: () => void): HTMLElement {
  const rows = parts.block.rows as string[][];
  const made = document.createElement("table");
  made.className = "tbl ed-grid";
  const body = made.createTBody();
  rows.forEach((row, y) => {
    const line = body.insertRow();
    row.forEach((cell, x) => {
      const control = document.createElement("input");
      control.value = cell;
      control.ariaLabel = `Row ${y + 1}, column ${x + 1}`;
      control.addEventListener("input", () => {
        row[x] = control.value;
        parts.changed();
      });
      control.addEventListener("paste", (event) => {
        const pasted = rowsOf(event.clipboardData?.getData("text/plain") ?? "");
        if (pasted.length === 1 && pasted[0]?.length === 1) return;
        event.preventDefault();
        parts.block.rows = spread(rows, pasted, y, x);
        parts.changed();
        redraw();
      });
      line.insertCell().append(control);
    });
  });
  return made;
}

/** What was pasted, laid over the table from one cell on; the table grows as it must. */
function spread(rows: string[][], pasted: string[][], y: number, x: number): string[][] {
  const height = Math.max(rows.length, y + pasted.length);
  const width = Math.max(rows[0]?.length ?? 0, x + (pasted[0]?.length ?? 0));
  return Array.from({ length: height }, (_, line) =>
    Array.from({ length: width }, (_, place) => pasted[line - y]?.[place - x] ?? rows[line]?.[place] ?? ""),
  );
}

const quiz: Builder = (parts, box) => {
  void parts.quizzes().then((found) => {
    if (found.length) {
      box.append(choice(parts, "assessment_id", "Quiz", [["", "Choose a quiz"], ...found.map(({ id, title }): [string, string] => [id, title])]));
      return;
    }
    const none = document.createElement("p");
    none.className = "quiet small";
    none.textContent = "This course has no quiz yet. Make one first, then choose it here.";
    box.append(none);
  });
};

const checklist: Builder = (parts, box) => {
  const items = document.createElement("textarea");
  items.className = "in";
  items.rows = 4;
  items.value = (parts.block.items as string[]).join("\n");
  items.addEventListener("input", () => {
    parts.block.items = items.value.split("\n");
    parts.changed();
  });
  box.append(text(parts, "title", "Title"), labelled("A line for each thing to tick off", items));
};

const BUILDERS: Record<string, Builder> = {
  heading: (parts, box) =>
    box.append(
      text(parts, "text", "Heading", { className: "ed-heading", quiet: true, placeholder: "Heading" }),
      choice(parts, "level", "Size", [["2", "Large"], ["3", "Medium"], ["4", "Small"]], true),
    ),
  image,
  video,
  file,
  embed: (parts, box) =>
    box.append(
      text(parts, "address", "Address", { type: "url", placeholder: "YouTube, Vimeo, Loom, GeoGebra, Desmos, TED or PhET" }),
      text(parts, "title", "Title"),
    ),
  code,
  table,
  quiz,
  checklist,
  math: (parts, box) =>
    box.append(
      text(parts, "latex", "Formula in LaTeX", { rows: 2, className: "ed-code" }),
      text(parts, "alt", "In words", { placeholder: "Read to those who cannot see it" }),
    ),
};

/** The fields of a callout stand over its text, which is written like all text. */
export function calloutFields(parts: FieldParts): HTMLElement {
  const row = document.createElement("div");
  row.className = "form-row g3";
  row.append(
    choice(parts, "tone", "Kind", [["note", "Note"], ["tip", "Tip"], ["warning", "Take care"], ["definition", "Definition"]]),
    text(parts, "title", "Title"),
  );
  return row;
}

export function fieldsOf(parts: FieldParts): HTMLElement {
  const box = document.createElement("div");
  box.className = `ed-fields ed-${parts.block.type}`;
  BUILDERS[parts.block.type]?.(parts, box);
  return box;
}

/** The quizzes of a course, asked for once. */
export function quizzesOf(course: string): () => Promise<{ id: string; title: string }[]> {
  let asked: Promise<{ id: string; title: string }[]> | undefined;
  return () =>
    (asked ??= getJson<{ items: { id: string; title: string }[] }>(`/api/courses/${course}/assessments`).then(
      (answer) => answer?.items ?? [],
    ));
}
