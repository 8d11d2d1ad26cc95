/** What htmx leaves to the page: focus after a swap, and saying what changed. */
import { announce } from "./announce";

/** After a swap that removed the focused element, focus goes to what replaced it, not to the body. */
export function keepFocus(page: Document): void {
  page.addEventListener("htmx:afterSettle", (event) => {
    const target = event.target;
    if (!(target instanceof HTMLElement)) return;
    const wanted = target.querySelector<HTMLElement>("[data-focus]");
    if (!wanted && page.activeElement !== page.body) return;
    const next = wanted ?? (target.isConnected ? target : page.getElementById("main"));
    if (!next) return;
    if (!next.matches("a,button,input,select,textarea,[tabindex]")) next.tabIndex = -1;
    next.focus({ preventScroll: wanted === null });
  });
}

export function announceSwaps(page: Document): void {
  page.addEventListener("htmx:afterSettle", (event) => {
    const target = event.target;
    if (!(target instanceof HTMLElement)) return;
    const source = target.matches("[data-announce]")
      ? target
      : target.querySelector<HTMLElement>("[data-announce]");
    if (source?.dataset.announce) announce(source.dataset.announce);
  });
}
