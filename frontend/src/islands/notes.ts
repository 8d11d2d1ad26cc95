/**
 * Notes beside the text: N (or the note button) takes the selected words into the dialog; quoted words are marked;
 * margin notes that would overlap move down.
 */
import { hasModifier, isTyping } from "../lib/dom";

const LONGEST = 400;

function chosen(prose: Element): { block: string; quote: string } | undefined {
  const selection = getSelection();
  const quote = selection?.toString().replace(/\s+/g, " ").trim() ?? "";
  const start = selection?.rangeCount ? selection.getRangeAt(0).startContainer : undefined;
  const from = start instanceof Element ? start : start?.parentElement;
  const block = from?.closest<HTMLElement>('[id^="b-"]');
  if (!block || !prose.contains(block)) return undefined;
  return { block: block.id.slice(2), quote: quote.slice(0, LONGEST) };
}

function fill(form: HTMLFormElement, words: { block: string; quote: string } | undefined): void {
  const set = (name: string, value: string) => {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = value;
  };
  set("block_id", words?.block ?? "");
  set("quote", words?.quote ?? "");
  const shown = form.querySelector<HTMLElement>(".nq");
  if (!shown) return;
  shown.textContent = words?.quote ?? "";
  shown.hidden = !words?.quote;
}

/** The range of the quoted words inside an element, be they spread over several text nodes. */
function rangeOf(element: Element, quote: string): Range | undefined {
  const nodes: Array<{ node: Text; at: number }> = [];
  let text = "";
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!(node instanceof Text) || node.parentElement?.closest(".mnote")) continue;
    nodes.push({ node, at: text.length });
    text += node.data.replace(/\s/g, " ");
  }
  const from = text.indexOf(quote);
  if (from < 0) return undefined;
  const place = (offset: number) => nodes.findLast((each) => each.at <= offset);
  const [first, last] = [place(from), place(from + quote.length - 1)];
  if (!first || !last) return undefined;
  const range = new Range();
  range.setStart(first.node, from - first.at);
  range.setEnd(last.node, from + quote.length - last.at);
  return range;
}

function markQuotes(prose: Element): void {
  if (!("highlights" in CSS)) return;
  const ranges = [...prose.querySelectorAll<HTMLElement>("[data-quote]")].flatMap((note) => {
    const block = note.closest(".noted");
    const range = block && note.dataset.quote ? rangeOf(block, note.dataset.quote) : undefined;
    return range ? [range] : [];
  });
  CSS.highlights.set("note", new Highlight(...ranges));
}

function spread(prose: Element): void {
  let below = -Infinity;
  for (const note of prose.querySelectorAll<HTMLElement>(".noted > .mnote")) {
    note.style.removeProperty("inset-block-start");
    if (getComputedStyle(note).position !== "absolute") continue;
    const top = note.getBoundingClientRect().top;
    const missing = below - top;
    if (missing > 0) note.style.setProperty("inset-block-start", `${missing}px`);
    below = note.getBoundingClientRect().bottom + 20;
  }
}

export default function notes(root: HTMLElement): (() => void) | void {
  const prose = root.querySelector(".prose");
  const dialog = document.getElementById("note-dialog");
  const form = dialog?.querySelector<HTMLFormElement>("form[data-note-form]");
  if (!prose || !(dialog instanceof HTMLDialogElement) || !form) return;
  // Pressing the button in the bar ends the selection in some browsers, so what was selected last is remembered.
  let last: ReturnType<typeof chosen>;
  const select = () => {
    const words = chosen(prose);
    if (words?.quote) last = words;
    else if (!dialog.open && !getSelection()?.anchorNode?.parentElement?.closest(".top,.bottom")) last = undefined;
  };
  const key = (event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== "n" || isTyping(event) || hasModifier(event) || dialog.open) return;
    event.preventDefault();
    fill(form, chosen(prose));
    dialog.showModal();
  };
  const click = (event: Event) => {
    const opener = event.target instanceof Element && event.target.closest('[commandfor="note-dialog"][command="show-modal"]');
    if (opener) fill(form, last);
  };
  const arrange = () => spread(prose);
  document.addEventListener("selectionchange", select);
  document.addEventListener("click", click, { capture: true });
  addEventListener("keydown", key);
  addEventListener("resize", arrange);
  prose.addEventListener("toggle", arrange, { capture: true });
  markQuotes(prose);
  void document.fonts.ready.then(arrange);
  arrange();
  return () => {
    document.removeEventListener("selectionchange", select);
    document.removeEventListener("click", click, { capture: true });
    removeEventListener("keydown", key);
    removeEventListener("resize", arrange);
    prose.removeEventListener("toggle", arrange, { capture: true });
  };
}
