/** Rich text: one Tiptap editor for each text block, with a small bar over the one that has the focus. */
import { Editor } from "@tiptap/core";
import { DOMSerializer, Fragment } from "@tiptap/pm/model";
import StarterKit from "@tiptap/starter-kit";
import { icon } from "../lib/dom";

export interface RichParts {
  html: string;
  label: string;
  changed(html: string): void;
  /** The paragraph under the caret holds nothing but `/` and letters (undefined: it does not). */
  slash(typed: string | undefined): void;
  /** A key while the menu may be open; true when it was used up. */
  key(event: KeyboardEvent): boolean;
  /** Backspace in an empty block. */
  empty(): void;
  /** Files dropped or pasted. */
  files(files: File[]): void;
}

export interface Rich {
  element: HTMLElement;
  focus(atEnd?: boolean): void;
  /** Takes the paragraph under the caret out; what stood before and after it comes back as HTML. */
  cut(): { before: string; after: string };
  set(html: string): void;
  destroy(): void;
}

type Command = [label: string, icon: string, active: string, run: (editor: Editor) => void];

const COMMANDS: Command[] = [
  ["Bold", "bold", "bold", (editor) => editor.chain().focus().toggleBold().run()],
  ["Italic", "italic", "italic", (editor) => editor.chain().focus().toggleItalic().run()],
  ["Code", "square-code", "code", (editor) => editor.chain().focus().toggleCode().run()],
  ["List", "list", "bulletList", (editor) => editor.chain().focus().toggleBulletList().run()],
  ["Numbered list", "list-ordered", "orderedList", (editor) => editor.chain().focus().toggleOrderedList().run()],
  ["Quotation", "quote", "blockquote", (editor) => editor.chain().focus().toggleBlockquote().run()],
];

function bar(editor: Editor): HTMLElement {
  const bar = document.createElement("div");
  bar.className = "rt-bar";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "Text");
  const buttons = COMMANDS.map(([label, name, active, run]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.ariaLabel = button.title = label;
    button.append(icon(name, "i-sm"));
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => run(editor));
    bar.append(button);
    return { button, active };
  });
  bar.append(linkField(editor));
  editor.on("transaction", () => {
    for (const { button, active } of buttons) button.setAttribute("aria-pressed", String(editor.isActive(active)));
  });
  return bar;
}

/** An address for the selected words; empty takes the link away. */
function linkField(editor: Editor): HTMLElement {
  const field = document.createElement("input");
  field.type = "url";
  field.placeholder = "Link the selection";
  field.ariaLabel = "Address of a link for the selected words";
  const apply = () => {
    const href = field.value.trim();
    const chain = editor.chain().focus().extendMarkRange("link");
    if (href) chain.setLink({ href }).run();
    else chain.unsetLink().run();
  };
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    apply();
  });
  editor.on("selectionUpdate", () => {
    if (document.activeElement !== field) field.value = String(editor.getAttributes("link").href ?? "");
  });
  return field;
}

function typedAfterSlash(editor: Editor): string | undefined {
  const { $from, empty } = editor.state.selection;
  if (!empty || $from.depth !== 1 || $from.parent.type.name !== "paragraph") return undefined;
  return /^\/([\p{L}\d]{0,20})$/u.exec($from.parent.textContent)?.[1];
}

function asHtml(editor: Editor, nodes: Fragment): string {
  if (!nodes.size || !nodes.textBetween(0, nodes.size, " ").trim()) return "";
  const box = document.createElement("div");
  box.append(DOMSerializer.fromSchema(editor.schema).serializeFragment(nodes));
  return box.innerHTML;
}

/**
 * What was copied elsewhere, without all that is not structure. The parser's document is inert: nothing in it runs
 * or loads. The server judges again what is sent to it.
 */
function plainMarkup(html: string): string {
  // Styles and handlers go before parsing only because the policy would report each of them.
  const quiet = html
    .replace(/<(style|script)\b[^]*?<\/\1\s*>/gi, "")
    .replace(/\s(?:style|on\w+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, " ");
  const { body } = new DOMParser().parseFromString(quiet, "text/html");
  body.querySelectorAll("script,style,img,svg,math,iframe,object,embed,link,meta,template").forEach((each) => each.remove());
  for (const each of body.querySelectorAll("*")) {
    for (const name of each.getAttributeNames()) if (name !== "href" && name !== "start") each.removeAttribute(name);
  }
  return body.innerHTML;
}

function filesOf(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])];
}

export function rich(parts: RichParts): Rich {
  const box = document.createElement("div");
  box.className = "rt";
  const editor = new Editor({
    element: box,
    content: parts.html,
    injectCSS: false,
    extensions: [StarterKit.configure({ heading: { levels: [2, 3, 4] }, link: { openOnClick: false } })],
    editorProps: {
      attributes: { "aria-label": parts.label, role: "textbox", "aria-multiline": "true", class: "b-text" },
      handleKeyDown: (_view, event) => {
        if (parts.key(event)) return true;
        if (event.key !== "Backspace" || !editor.isEmpty) return false;
        parts.empty();
        return true;
      },
      transformPastedHTML: plainMarkup,
      handleDrop: (_view, event) => taken(event.dataTransfer),
      handlePaste: (_view, event) => taken(event.clipboardData),
    },
    onUpdate: ({ editor }) => {
      parts.changed(editor.isEmpty ? "" : editor.getHTML());
      parts.slash(typedAfterSlash(editor));
    },
    onSelectionUpdate: ({ editor }) => parts.slash(typedAfterSlash(editor)),
    onBlur: () => parts.slash(undefined),
  });
  // Word and browsers put a picture of the text beside the text: files count only when nothing else was copied.
  const taken = (data: DataTransfer | null) => {
    const files = filesOf(data);
    if (!files.length || data?.types.includes("text/html")) return false;
    parts.files(files);
    return true;
  };
  const tools = bar(editor);
  box.prepend(tools);
  // The bar comes with a selection: over every caret it would cover what is being read.
  editor.on("selectionUpdate", () => box.classList.toggle("selecting", !editor.state.selection.empty));
  return {
    element: box,
    focus: (atEnd = false) => void editor.commands.focus(atEnd ? "end" : "start"),
    cut: () => {
      const { doc, selection } = editor.state;
      const place = selection.$from.index(0);
      const nodes = Array.from({ length: doc.childCount }, (_, index) => doc.child(index));
      return {
        before: asHtml(editor, Fragment.from(nodes.slice(0, place))),
        after: asHtml(editor, Fragment.from(nodes.slice(place + 1))),
      };
    },
    set: (html) => void editor.commands.setContent(html, { emitUpdate: false }),
    destroy: () => editor.destroy(),
  };
}
