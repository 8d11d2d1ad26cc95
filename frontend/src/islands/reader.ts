/** Lesson: arrow keys go to the neighbouring lessons, the hairline shows how far one has read. */
import { hasModifier, isRightToLeft, isTyping } from "../lib/dom";

function neighbour(key: string): HTMLAnchorElement | null {
  const forward = isRightToLeft() ? "ArrowLeft" : "ArrowRight";
  if (key !== "ArrowRight" && key !== "ArrowLeft") return null;
  return document.querySelector<HTMLAnchorElement>(`a[rel~="${key === forward ? "next" : "prev"}"]`);
}

export default function reader(body: HTMLElement): () => void {
  const hair = body.querySelector<HTMLElement>("[data-read-progress]");
  const key = (event: KeyboardEvent) => {
    // Scrollable code and tables use the same keys.
    const scrolls = event.target instanceof Element && event.target.closest("pre,.tw,[role=tablist],dialog");
    if (isTyping(event) || hasModifier(event) || scrolls) return;
    neighbour(event.key)?.click();
  };
  const scroll = () => {
    const room = Math.max(1, document.documentElement.scrollHeight - innerHeight);
    hair?.style.setProperty("--v", `${Math.min(100, (scrollY / room) * 100)}%`);
  };
  addEventListener("keydown", key);
  addEventListener("scroll", scroll, { passive: true });
  scroll();
  return () => {
    removeEventListener("keydown", key);
    removeEventListener("scroll", scroll);
  };
}
