/** The command palette: a dialog with a combobox over what `/palette?q=` answers. */
import { announce } from "../lib/announce";
import { icon } from "../lib/dom";
import { getJson } from "../lib/http";

interface Item {
  group: string;
  title: string;
  sub?: string;
  href: string;
  icon?: string;
}

const WAIT = 120;
let timer = 0;
let running: AbortController | undefined;

function parts(): { dialog: HTMLDialogElement; input: HTMLInputElement; list: HTMLElement } | undefined {
  const dialog = document.getElementById("palette");
  const input = dialog?.querySelector("input");
  const list = dialog?.querySelector<HTMLElement>("[role=listbox]");
  return dialog instanceof HTMLDialogElement && input && list ? { dialog, input, list } : undefined;
}

function option(item: Item, index: number): HTMLAnchorElement {
  const link = document.createElement("a");
  link.className = "mi";
  link.id = `palette-${index}`;
  link.href = item.href;
  link.tabIndex = -1;
  link.setAttribute("role", "option");
  const text = document.createElement("span");
  text.textContent = item.title;
  if (item.sub) {
    const sub = document.createElement("span");
    sub.className = "sub";
    sub.textContent = item.sub;
    text.append(sub);
  }
  link.append(icon(item.icon ?? "arrow-right"), text);
  return link;
}

function groupOf(name: string, items: HTMLElement[]): HTMLElement {
  const group = document.createElement("div");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", name);
  const heading = document.createElement("p");
  heading.className = "menu-h";
  heading.textContent = name;
  heading.setAttribute("aria-hidden", "true");
  group.append(heading, ...items);
  return group;
}

function show(items: Item[], list: HTMLElement, input: HTMLInputElement): void {
  const groups = new Map<string, HTMLElement[]>();
  items.forEach((item, index) => {
    groups.set(item.group, [...(groups.get(item.group) ?? []), option(item, index)]);
  });
  list.replaceChildren(...[...groups].map(([name, options]) => groupOf(name, options)));
  if (items.length === 0) {
    const nothing = document.createElement("p");
    nothing.className = "meta pal-none";
    nothing.textContent = input.value ? `Nothing matches “${input.value}”.` : "Type to search.";
    list.replaceChildren(nothing);
  }
  select(list, input, 0);
  if (input.value) announce(items.length === 1 ? "1 result" : `${items.length} results`);
}

function options(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>("[role=option]")];
}

function selectedIndex(list: HTMLElement): number {
  return options(list).findIndex((each) => each.getAttribute("aria-selected") === "true");
}

function select(list: HTMLElement, input: HTMLInputElement, index: number): void {
  const all = options(list);
  const wanted = all.length ? (index + all.length) % all.length : -1;
  all.forEach((each, position) => each.setAttribute("aria-selected", String(position === wanted)));
  const chosen = all[wanted];
  if (chosen) {
    input.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
}

async function search(): Promise<void> {
  const found = parts();
  if (!found) return;
  running?.abort();
  running = new AbortController();
  const url = `${found.dialog.dataset.url ?? "/palette"}?q=${encodeURIComponent(found.input.value.trim())}`;
  try {
    show((await getJson<Item[]>(url, running.signal)) ?? [], found.list, found.input);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    if (!(error instanceof TypeError)) throw error;
    const offline = document.createElement("p");
    offline.className = "meta pal-none";
    offline.textContent = "You are offline. Search comes back when you are.";
    found.list.replaceChildren(offline);
  }
}

function onKey(event: KeyboardEvent): void {
  const found = parts();
  if (!found) return;
  const at = selectedIndex(found.list);
  if (event.key === "ArrowDown") select(found.list, found.input, at + 1);
  else if (event.key === "ArrowUp") select(found.list, found.input, at - 1);
  else if (event.key === "Enter") options(found.list)[at]?.click();
  // A search field would only empty itself, and the palette would ask for a second press.
  else if (event.key === "Escape") found.dialog.close();
  else return;
  event.preventDefault();
}

function wire(dialog: HTMLDialogElement, input: HTMLInputElement): void {
  if (dialog.dataset.wired) return;
  dialog.dataset.wired = "yes";
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void search(), WAIT);
  });
  input.addEventListener("keydown", onKey);
}

export function openPalette(): void {
  const found = parts();
  if (!found) return;
  wire(found.dialog, found.input);
  if (found.dialog.open) {
    found.dialog.close();
    return;
  }
  found.input.value = "";
  found.dialog.showModal();
  found.input.focus();
  void search();
}
