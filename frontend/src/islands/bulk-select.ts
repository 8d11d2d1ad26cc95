/** A table whose rows can be ticked: all, some, a range with Shift. `data-bulk` names the bar that appears. */
import { announce } from "../lib/announce";

export default function bulkSelect(table: HTMLElement): void {
  const bar = document.getElementById(table.dataset.bulk ?? "");
  const count = bar?.querySelector("[data-count]");
  const all = table.querySelector<HTMLInputElement>("thead input.cb");
  const rows = () => [...table.querySelectorAll<HTMLInputElement>("tbody input.cb")];
  let last: HTMLInputElement | undefined;

  const sync = () => {
    const boxes = rows();
    const ticked = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.closest("tr")?.setAttribute("aria-selected", String(box.checked));
    if (all) {
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
    if (bar) bar.hidden = ticked === 0;
    if (count) count.textContent = String(ticked);
    return ticked;
  };
  const range = (box: HTMLInputElement) => {
    const boxes = rows();
    const [from, to] = [boxes.indexOf(last ?? box), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const each of boxes.slice(from, (to ?? 0) + 1)) each.checked = box.checked;
  };
  table.addEventListener("click", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || !box.matches("tbody input.cb")) return;
    if (event.shiftKey && last) range(box);
    last = box;
  });
  table.addEventListener("change", (event) => {
    if (event.target === all && all) for (const box of rows()) box.checked = all.checked;
    announce(`${sync()} selected`);
  });
  bar?.querySelector("[data-clear]")?.addEventListener("click", () => {
    for (const box of rows()) box.checked = false;
    sync();
  });
  sync();
}
