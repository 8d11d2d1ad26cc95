/** Copies `data-copy`, or the text of the element that `data-copy-from` names. */
import { announce } from "../lib/announce";

function textOf(button: HTMLElement): string {
  const source = document.getElementById(button.dataset.copyFrom ?? "");
  if (source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement) return source.value;
  return (
    source?.textContent ??
    button.dataset.copy ??
    button.closest("figure,.codeb")?.querySelector("pre")?.textContent ??
    ""
  );
}

export default function copy(button: HTMLElement): void {
  const label = button.querySelector("span") ?? button;
  const before = label.textContent;
  button.addEventListener("click", () => {
    void navigator.clipboard.writeText(textOf(button)).then(() => {
      label.textContent = button.dataset.copied ?? "Copied";
      announce("Copied");
      setTimeout(() => (label.textContent = before), 2_000);
    });
  });
}
