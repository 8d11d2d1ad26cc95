/** The lesson on the screen: its blocks in order, each with what edits it; adding, moving, removing. */
import { announce } from "../lib/announce";
import { icon } from "../lib/dom";
import reorder from "../islands/reorder";
import { showToast } from "../shell/toasts";
import { calloutFields, fieldsOf, type FieldParts } from "./fields";
import { BlockMenu } from "./menu";
import { blank, kindOf, type Block, type Kind } from "./model";
import { rich, type Rich } from "./rich";
import { upload, UploadRefused, type Asset } from "./upload";

export interface CanvasParts {
  blocks: Block[];
  files: Map<string, string>;
  quizzes: FieldParts["quizzes"];
  changed(): void;
}

interface View {
  block: Block;
  element: HTMLElement;
  text: Rich | undefined;
}

export class Canvas {
  readonly element = document.createElement("div");
  private readonly views = new Map<string, View>();
  private readonly menu = new BlockMenu();

  constructor(private readonly parts: CanvasParts) {
    this.element.className = "ed-blocks prose";
    for (const block of parts.blocks) this.element.append(this.view(block).element);
    if (!parts.blocks.length) this.insert(blank("rich_text", crypto.randomUUID()), undefined, false);
    reorder(this.element);
    // The list says so itself when its items were moved; what is typed inside says so by `changed`.
    this.element.addEventListener("input", (event) => event.target === this.element && this.parts.changed());
    this.element.addEventListener("dragover", (event) => event.preventDefault());
    this.element.addEventListener("drop", (event) => this.dropped(event));
  }

  /** The blocks in the order in which they stand. */
  get blocks(): Block[] {
    return [...this.element.children].flatMap((child) => {
      const view = child instanceof HTMLElement ? this.views.get(child.dataset.id ?? "") : undefined;
      return view ? [view.block] : [];
    });
  }

  /** Shows whether a block keeps something from being saved. */
  mark(problems: ReadonlyMap<string, string>): void {
    for (const [id, { element }] of this.views) {
      const problem = problems.get(id) ?? "";
      element.classList.toggle("held", problem !== "");
      const line = element.querySelector<HTMLElement>(".ed-problem");
      if (line && line.textContent !== problem) line.textContent = problem;
    }
  }

  /** Opens the menu of blocks below the last one. */
  addAtEnd(): void {
    const last = [...this.views.values()].find(({ element }) => element === this.element.lastElementChild);
    if (last) this.openMenu(last, "");
  }

  private view(block: Block): View {
    const element = document.createElement("div");
    element.className = "blk";
    element.dataset.id = block.id;
    element.dataset.label = kindOf(block.type)?.label ?? "Block";
    const view: View = { block, element, text: undefined };
    this.views.set(block.id, view);
    element.append(this.handles(view), this.body(view), problemLine());
    return view;
  }

  private handles(view: View): HTMLElement {
    const handles = document.createElement("span");
    handles.className = "h";
    const label = view.element.dataset.label ?? "";
    const grip = button(`Move ${label}: drag, or press the arrow keys; Delete removes it`, "grip-vertical");
    grip.dataset.handle = "";
    grip.addEventListener("keydown", (event) => {
      if (event.key === "Delete" || event.key === "Backspace") this.remove(view);
      if (event.key === "d" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.insert({ ...structuredClone(view.block), id: crypto.randomUUID() }, view);
      }
    });
    const add = button(`Add a block below ${label}`, "plus");
    add.addEventListener("click", () => this.openMenu(view, ""));
    add.addEventListener("keydown", (event) => this.menu.key(event));
    const remove = button(`Remove ${label}`, "trash-2");
    remove.addEventListener("click", () => this.remove(view));
    remove.className = "x";
    handles.append(add, grip, remove);
    return handles;
  }

  private body(view: View): HTMLElement {
    if (view.block.type === "rich_text") return this.textOf(view);
    const parts = this.fieldParts(view);
    if (view.block.type !== "callout") return fieldsOf(parts);
    const box = document.createElement("div");
    box.className = "ed-fields ed-callout";
    box.append(calloutFields(parts), this.textOf(view));
    return box;
  }

  private textOf(view: View): HTMLElement {
    const inline = view.block.type === "rich_text";
    view.text = rich({
      html: String(view.block.html ?? ""),
      label: inline ? "Text. Type / for blocks" : "Text of the callout",
      changed: (html) => {
        view.block.html = html;
        this.parts.changed();
      },
      slash: (typed) => {
        if (!inline || typed === undefined) this.menu.close();
        else this.menu.show(view.element, typed, (kind) => this.split(view, kind));
      },
      key: (event) => this.menu.key(event),
      empty: () => inline && this.views.size > 1 && this.remove(view),
      files: (files) => void this.take(files, view),
    });
    return view.text.element;
  }

  private fieldParts(view: View): FieldParts {
    return {
      block: view.block,
      files: this.parts.files,
      quizzes: this.parts.quizzes,
      changed: () => this.parts.changed(),
      upload: (file) => void this.fill(view, file),
    };
  }

  private openMenu(view: View, typed: string): void {
    this.menu.show(view.element, typed, (kind) => this.insert(blank(kind.type, crypto.randomUUID()), view));
  }

  /** The paragraph with the slash makes room: what stood after it goes into a text block of its own. */
  private split(view: View, kind: Kind): void {
    if (!view.text) return;
    const { before, after } = view.text.cut();
    if (kind.type === "rich_text") return;
    const made = this.insert(blank(kind.type, crypto.randomUUID()), view);
    if (after) this.insert({ ...blank("rich_text", crypto.randomUUID()), html: after }, made, false);
    if (before) {
      view.block.html = before;
      view.text.set(before);
    } else this.drop(view);
    this.parts.changed();
  }

  /** Puts a block below another, or at the end, and the focus into it. */
  private insert(block: Block, after: View | undefined, focus = true): View {
    const view = this.view(block);
    if (after) after.element.after(view.element);
    else this.element.append(view.element);
    this.parts.changed();
    if (focus) {
      if (view.text) view.text.focus();
      else view.element.querySelector<HTMLElement>("input:not([type=file]),textarea,select")?.focus();
      announce(`${kindOf(block.type)?.label ?? "Block"} inserted`);
    }
    return view;
  }

  private remove(view: View): void {
    const before = view.element.previousElementSibling;
    const block = structuredClone(view.block);
    this.drop(view);
    if (!this.views.size) this.insert(blank("rich_text", crypto.randomUUID()), undefined, false);
    const next = this.views.get((before instanceof HTMLElement ? before.dataset.id : undefined) ?? this.blocks[0]?.id ?? "");
    next?.text?.focus(true);
    this.parts.changed();
    showToast({
      text: `${kindOf(block.type)?.label ?? "Block"} removed`,
      undo: () => {
        const beside = before instanceof HTMLElement ? this.views.get(before.dataset.id ?? "") : undefined;
        const back = this.insert(block, beside, false);
        if (!beside) this.element.prepend(back.element);
      },
    });
  }

  private drop(view: View): void {
    view.text?.destroy();
    view.element.remove();
    this.views.delete(view.block.id);
  }

  private redraw(view: View): void {
    const old = view.element.querySelector(".ed-fields");
    old?.replaceWith(this.body(view));
  }

  private dropped(event: DragEvent): void {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!files.length || event.defaultPrevented) return;
    event.preventDefault();
    const under = event.target instanceof Element ? event.target.closest<HTMLElement>(".blk") : null;
    void this.take(files, this.views.get(under?.dataset.id ?? ""));
  }

  /** Each file becomes a block below `after`. */
  private async take(files: File[], after: View | undefined): Promise<void> {
    let place = after;
    for (const file of files) {
      const kind = file.type.startsWith("image/") ? "image" : file.type.startsWith("video/") ? "video" : "file";
      place = this.insert(blank(kind, crypto.randomUUID()), place, false);
      await this.fill(place, file);
    }
  }

  private async fill(view: View, file: File): Promise<void> {
    view.element.setAttribute("aria-busy", "true");
    try {
      this.filled(view, await upload(file));
    } catch (error) {
      if (!(error instanceof UploadRefused || error instanceof TypeError)) throw error;
      const sentence = error instanceof UploadRefused ? error.message : "The file could not be sent. Are you offline?";
      showToast({ text: `${file.name}: ${sentence}` });
    } finally {
      view.element.removeAttribute("aria-busy");
    }
  }

  private filled(view: View, asset: Asset): void {
    const { block } = view;
    block.source = `asset:${asset.id}`;
    if (asset.url) this.parts.files.set(String(block.source), asset.url);
    if (block.type === "file") Object.assign(block, { name: block.name || asset.filename, size_bytes: asset.size });
    if (block.type === "video") block.title = block.title || asset.filename;
    this.redraw(view);
    this.parts.changed();
    view.element.querySelector<HTMLElement>("[data-field=alt],[data-field=title],[data-field=name]")?.focus();
  }
}

function button(label: string, name: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.ariaLabel = made.title = label;
  made.append(icon(name, "i-sm"));
  return made;
}

function problemLine(): HTMLElement {
  const line = document.createElement("p");
  line.className = "ed-problem err";
  line.setAttribute("role", "status");
  return line;
}
