/**
 * Islands: `data-island="name other"` attaches the behaviour of `islands/name.ts` and `islands/other.ts`.
 *
 * An island's default export takes the element and may return a function that lets go of it.
 * Each is its own chunk, fetched when the first element that asks for it appears.
 */
export type Detach = () => void;
export type Island = (element: HTMLElement) => Detach | void;

type IslandModule = { default: Island };

const loaders = import.meta.glob<IslandModule>("./islands/*.ts");
const attached = new WeakMap<Element, Map<string, Detach | undefined>>();

function namesOf(element: HTMLElement): string[] {
  return (element.dataset.island ?? "").split(/\s+/).filter(Boolean);
}

async function attach(element: HTMLElement, name: string): Promise<void> {
  const known = attached.get(element) ?? new Map<string, Detach | undefined>();
  attached.set(element, known);
  if (known.has(name)) return;
  known.set(name, undefined);
  const load = loaders[`./islands/${name}.ts`];
  if (!load) {
    console.error(`There is no island called "${name}"`);
    return;
  }
  const island = (await load()).default;
  if (!element.isConnected) {
    known.delete(name);
    return;
  }
  known.set(name, island(element) ?? undefined);
}

function within(root: ParentNode): HTMLElement[] {
  const found = [...root.querySelectorAll<HTMLElement>("[data-island]")];
  return root instanceof HTMLElement && root.dataset.island ? [root, ...found] : found;
}

export function attachIslands(root: ParentNode): void {
  for (const element of within(root)) for (const name of namesOf(element)) void attach(element, name);
}

function detachIslands(element: Element): void {
  const known = attached.get(element);
  if (!known) return;
  for (const detach of known.values()) detach?.();
  attached.delete(element);
}

export function startRegistry(page: Document): void {
  attachIslands(page);
  page.addEventListener("htmx:load", (event) => {
    if (event.target instanceof Element) attachIslands(event.target);
  });
  page.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (event.target instanceof Element) detachIslands(event.target);
  });
}
