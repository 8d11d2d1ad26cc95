/** A menu is a popover, which browsers open by themselves; here come its place and its arrow keys. */
import { isRightToLeft } from "../lib/dom";

const GAP = 6;
const MARGIN = 8;

function opener(menu: HTMLElement): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[popovertarget="${CSS.escape(menu.id)}"]`);
}

/** Below its button, or above it where there is no room; its start or end edge on the button's. */
function place(menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = at.bottom + GAP;
  const fits = below + size.height <= innerHeight - MARGIN;
  const alignEnd = (menu.dataset.align === "end") !== isRightToLeft(menu);
  const x = alignEnd ? at.right - size.width : at.left;
  menu.style.top = `${Math.max(MARGIN, fits ? below : at.top - GAP - size.height)}px`;
  menu.style.left = `${Math.max(MARGIN, Math.min(x, innerWidth - size.width - MARGIN))}px`;
}

function items(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>(".mi:not([disabled])")];
}

function onKey(menu: HTMLElement, event: KeyboardEvent): void {
  const all = items(menu);
  const at = all.indexOf(document.activeElement as HTMLElement);
  const next: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
  const wanted = next[event.key];
  if (wanted === undefined || all.length === 0) return;
  event.preventDefault();
  all[(wanted + all.length) % all.length]?.focus();
}

export default function menu(element: HTMLElement): () => void {
  const toggled = (event: Event) => {
    const button = opener(element);
    const open = (event as ToggleEvent).newState === "open";
    if (!open || !button) return;
    place(element, button);
    items(element)[0]?.focus({ preventScroll: true });
  };
  const key = (event: KeyboardEvent) => onKey(element, event);
  const close = () => element.matches(":popover-open") && element.hidePopover();
  element.addEventListener("toggle", toggled);
  element.addEventListener("keydown", key);
  addEventListener("resize", close);
  return () => {
    element.removeEventListener("toggle", toggled);
    element.removeEventListener("keydown", key);
    removeEventListener("resize", close);
  };
}
