/**
 * A page that looks again by itself: `data-url` answers with what stands inside the element, every ten seconds while
 * somebody can see it. What is open stays open, and what has the focus keeps it; nothing moves while text is selected.
 */
const EVERY = 10_000;

function isBusy(element: HTMLElement): boolean {
  const chosen = document.getSelection();
  return Boolean(chosen && !chosen.isCollapsed && chosen.anchorNode && element.contains(chosen.anchorNode));
}

function focusedLink(element: HTMLElement): string | null {
  const focused = document.activeElement;
  return focused && element.contains(focused) ? focused.getAttribute("href") : null;
}

function swap(element: HTMLElement, text: string): void {
  const fresh = new DOMParser().parseFromString(text, "text/html").body;
  const link = focusedLink(element);
  for (const open of element.querySelectorAll<HTMLElement>("details[open][data-keep]")) {
    const twin = fresh.querySelector(`details[data-keep="${CSS.escape(open.dataset.keep ?? "")}"]`);
    twin?.setAttribute("open", "");
  }
  element.replaceChildren(...fresh.childNodes);
  if (link) element.querySelector<HTMLElement>(`[href="${CSS.escape(link)}"]`)?.focus({ preventScroll: true });
}

export default function live(element: HTMLElement): () => void {
  let looked = Date.now();
  const look = async () => {
    if (document.hidden || isBusy(element) || element.querySelector("summary:focus")) return;
    looked = Date.now();
    try {
      const answer = await fetch(element.dataset.url ?? "", { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      swap(element, await answer.text());
    } catch {
      const heard = element.querySelector("[data-heard]");
      if (heard) heard.textContent = "This page cannot reach the server; what it shows is old.";
    }
  };
  const seen = () => {
    if (!document.hidden && Date.now() - looked > EVERY) void look();
  };
  const timer = setInterval(() => void look(), EVERY);
  document.addEventListener("visibilitychange", seen);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}
