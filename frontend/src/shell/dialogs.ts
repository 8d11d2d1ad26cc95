/**
 * Dialogs open by `commandfor="id" command="show-modal"`, which newer browsers do themselves.
 * Here: the same for the others, closing by a click on the backdrop, and focus on the safe action.
 */

function dialogOf(button: HTMLElement): HTMLDialogElement | null {
  const target = document.getElementById(button.getAttribute("commandfor") ?? "");
  return target instanceof HTMLDialogElement ? target : null;
}

function run(command: string | null, dialog: HTMLDialogElement): void {
  if (command === "show-modal" && !dialog.open) dialog.showModal();
  if (command === "close") dialog.close();
}

function onBackdrop(event: MouseEvent, dialog: HTMLDialogElement): boolean {
  const box = dialog.getBoundingClientRect();
  const inside =
    event.clientX >= box.left &&
    event.clientX <= box.right &&
    event.clientY >= box.top &&
    event.clientY <= box.bottom;
  return !inside && event.target === dialog;
}

export function startDialogs(page: Document): void {
  const native = "commandForElement" in HTMLButtonElement.prototype;
  page.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    if (target instanceof HTMLDialogElement && target.open && onBackdrop(event, target)) target.close();
    const button = target.closest<HTMLElement>("[commandfor]");
    if (!button || native) return;
    const dialog = dialogOf(button);
    if (dialog) run(button.getAttribute("command"), dialog);
  });
}
