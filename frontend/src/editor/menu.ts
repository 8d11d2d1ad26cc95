/** The block menu: opened by `/` in the text or by the plus beside a block. The focus stays where it was. */
import { announce } from "../lib/announce";
import { icon } from "../lib/dom";
import { matchingKinds, type Kind } from "./model";

export class BlockMenu {
  private element: HTMLElement | undefined;
  private found: Kind[] = [];
  private at = 0;
  private chosen: ((kind: Kind) => void) | undefined;

  get isOpen(): boolean {
    return this.element !== undefined;
  }

  /** Shows what `typed` means below `host`. */
  show(host: HTMLElement, typed: string, chosen: (kind: Kind) => void): void {
    this.found = matchingKinds(typed);
    if (!this.found.length) {
      this.close();
      return;
    }
    this.chosen = chosen;
    this.at = 0;
    if (!this.element || this.element.parentElement !== host) this.open(host);
    this.draw(typed);
  }

  close(): void {
    removeEventListener("pointerdown", this.outside);
    this.element?.remove();
    this.element = undefined;
  }

  private readonly outside = (event: Event) => {
    if (event.target instanceof Node && !this.element?.contains(event.target)) this.close();
  };

  /** True when the key belonged to the menu. */
  key(event: KeyboardEvent): boolean {
    if (!this.element) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.move(step);
    else if (event.key === "Enter" || event.key === "Tab") this.choose(this.at);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    return true;
  }

  private open(host: HTMLElement): void {
    this.close();
    this.element = document.createElement("div");
    this.element.className = "menu ed-menu";
    this.element.setAttribute("role", "listbox");
    this.element.ariaLabel = "Insert a block";
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
    host.append(this.element);
    addEventListener("pointerdown", this.outside);
    announce("Blocks: arrow keys to choose, Enter to insert, Escape to keep writing");
  }

  private draw(typed: string): void {
    const title = document.createElement("h4");
    title.textContent = typed ? `Blocks for “${typed}”` : "Blocks";
    const rows = this.found.map((kind, index) => this.row(kind, index));
    const foot = document.createElement("div");
    foot.className = "menu-foot";
    foot.textContent = "Enter inserts, Esc keeps what is written";
    this.element?.replaceChildren(title, ...rows, foot);
    this.mark();
  }

  private row(kind: Kind, index: number): HTMLElement {
    const row = document.createElement("button");
    row.type = "button";
    row.className = "mi";
    row.tabIndex = -1;
    row.setAttribute("role", "option");
    const picture = document.createElement("span");
    picture.className = "ic";
    picture.append(icon(kind.icon));
    const words = document.createElement("span");
    words.textContent = kind.label;
    const hint = document.createElement("span");
    hint.className = "sub";
    hint.textContent = kind.hint;
    words.append(hint);
    row.append(picture, words);
    row.addEventListener("click", () => this.choose(index));
    return row;
  }

  private move(step: number): void {
    this.at = (this.at + step + this.found.length) % this.found.length;
    this.mark();
    announce(this.found[this.at]?.label ?? "");
  }

  private mark(): void {
    this.element?.querySelectorAll("[role=option]").forEach((row, index) => {
      row.setAttribute("aria-selected", String(index === this.at));
      if (index === this.at) row.scrollIntoView({ block: "nearest" });
    });
  }

  private choose(index: number): void {
    const kind = this.found[index];
    const chosen = this.chosen;
    this.close();
    if (kind) chosen?.(kind);
  }
}
