/**
 * A list that can be put in order: drag by `[data-handle]`, or focus the handle and use the up and
 * down keys. `data-url` takes `PUT {order: [ids]}`; without it the order travels in the form's
 * hidden fields, which move with their items.
 */
import { announce } from "../lib/announce";
import { sendJson } from "../lib/http";
import { moved } from "../lib/sortable";
import { showToast } from "../shell/toasts";

const SETTLE = 500;

function itemsOf(list: HTMLElement): HTMLElement[] {
  return [...list.children].filter(
    (child): child is HTMLElement => child instanceof HTMLElement && !!child.dataset.id,
  );
}

function order(list: HTMLElement): string[] {
  return itemsOf(list).map((item) => item.dataset.id ?? "");
}

/** Puts the items in this order. `still` stays where it is in the tree, so that it keeps focus and pointer. */
function arrange(list: HTMLElement, ids: readonly string[], still?: HTMLElement): void {
  const byId = new Map(itemsOf(list).map((item) => [item.dataset.id, item]));
  const ordered = ids.map((id) => byId.get(id)).filter((item) => item !== undefined);
  const middle = still ? ordered.indexOf(still) : -1;
  ordered.forEach((item, index) => {
    if (item === still) return;
    if (index < middle) still?.before(item);
    else list.append(item);
  });
}

class Sorter {
  private saved: string[];
  private timer = 0;

  constructor(private readonly list: HTMLElement) {
    this.saved = order(list);
  }

  move(item: HTMLElement, to: number): void {
    const ids = order(this.list);
    const from = ids.indexOf(item.dataset.id ?? "");
    const next = moved(ids, from, to);
    if (next.join() === ids.join()) return;
    arrange(this.list, next, item);
    const place = next.indexOf(item.dataset.id ?? "") + 1;
    announce(`${item.dataset.label ?? "Item"}, position ${place} of ${next.length}`);
    this.queue();
  }

  /** Waits until the person has stopped moving things, then posts once. */
  queue(): void {
    this.list.dispatchEvent(new Event("input", { bubbles: true }));
    if (!this.list.dataset.url) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), SETTLE);
  }

  private async save(): Promise<void> {
    const ids = order(this.list);
    const answer = await sendJson(this.list.dataset.url ?? "", "PUT", { order: ids });
    if (answer.ok) {
      this.saved = ids;
      return;
    }
    arrange(this.list, this.saved);
    showToast({ text: "The new order could not be saved, so the old one is back." });
  }
}

function drag(
  list: HTMLElement,
  sorter: Sorter,
  item: HTMLElement,
  handle: HTMLElement,
  pointer: number,
): void {
  handle.setPointerCapture(pointer);
  item.classList.add("dragging");
  const follow = (event: PointerEvent) => {
    const others = itemsOf(list).filter((each) => each !== item);
    const to = others.filter((each) => {
      const box = each.getBoundingClientRect();
      return event.clientY > box.top + box.height / 2;
    }).length;
    sorter.move(item, to);
  };
  const drop = () => {
    item.classList.remove("dragging");
    handle.removeEventListener("pointermove", follow);
  };
  handle.addEventListener("pointermove", follow);
  handle.addEventListener("lostpointercapture", drop, { once: true });
}

export default function reorder(list: HTMLElement): void {
  const sorter = new Sorter(list);
  const grip = (event: Event) => {
    const handle =
      event.target instanceof Element ? event.target.closest<HTMLElement>("[data-handle]") : null;
    const item = handle?.closest<HTMLElement>("[data-id]");
    return handle && item && item.parentElement === list ? { handle, item } : undefined;
  };
  list.addEventListener("pointerdown", (event) => {
    const found = grip(event);
    if (!found || event.button !== 0) return;
    event.preventDefault();
    found.handle.focus();
    drag(list, sorter, found.item, found.handle, event.pointerId);
  });
  list.addEventListener("keydown", (event) => {
    const found = grip(event);
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!found || !step) return;
    event.preventDefault();
    sorter.move(found.item, itemsOf(list).indexOf(found.item) + step);
    found.handle.focus();
  });
}
