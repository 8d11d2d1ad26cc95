/** Fetches a page when someone is about to open it: a short hover, a touch, or keyboard focus. */

const HOVER = 80;
const seen = new Set<string>();

function wanted(link: HTMLAnchorElement): boolean {
  if (link.origin !== location.origin || link.target || link.hasAttribute("download")) return false;
  if (link.closest("[data-no-prefetch]") || seen.has(link.href)) return false;
  const path = link.pathname + link.search;
  return path !== location.pathname + location.search && !link.href.includes("#");
}

function savesData(): boolean {
  const connection = (navigator as Navigator & { connection?: { saveData?: boolean } }).connection;
  return connection?.saveData === true;
}

function prefetch(link: HTMLAnchorElement): void {
  if (!wanted(link)) return;
  seen.add(link.href);
  const hint = document.createElement("link");
  hint.rel = "prefetch";
  hint.href = link.href;
  document.head.append(hint);
}

export function startPrefetch(page: Document): void {
  if (savesData()) return;
  let timer = 0;
  const linkOf = (event: Event) =>
    event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
  page.addEventListener("pointerover", (event) => {
    const link = linkOf(event);
    clearTimeout(timer);
    if (link) timer = window.setTimeout(() => prefetch(link), HOVER);
  });
  page.addEventListener(
    "touchstart",
    (event) => {
      const link = linkOf(event);
      if (link) prefetch(link);
    },
    { passive: true },
  );
}
