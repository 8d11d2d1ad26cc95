/** Toasts: what happened, and the way back for ten seconds. */
import { sendJson } from "../lib/http";

const WITH_UNDO = 10_000;
const WITHOUT_UNDO = 5_000;

export interface Toast {
  text: string;
  /** Where undoing is posted, or what to do in the page. */
  undo?: string | (() => void);
  undoLabel?: string;
}

/** Leaves after its time, but not while a pointer or the focus is on it. */
export function dismissLater(toast: HTMLElement, milliseconds: number): void {
  let timer = 0;
  const start = () => {
    timer = window.setTimeout(() => toast.remove(), milliseconds);
  };
  const hold = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", start);
  start();
}

async function undo(toast: Toast): Promise<void> {
  if (typeof toast.undo === "function") {
    toast.undo();
    return;
  }
  if (!toast.undo) return;
  const answer = await sendJson(toast.undo, "POST", {});
  if (answer.ok) location.reload();
  else showToast({ text: "That could not be undone. Please reload the page." });
}

export function showToast(toast: Toast): void {
  const region = document.getElementById("toasts");
  if (!region) return;
  const element = document.createElement("div");
  element.className = "toast";
  const text = document.createElement("span");
  text.textContent = toast.text;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = toast.undo ? (toast.undoLabel ?? "Undo") : "Close";
  button.addEventListener("click", () => {
    element.remove();
    void undo(toast);
  });
  element.append(text, button);
  region.replaceChildren(element);
  dismissLater(element, toast.undo ? WITH_UNDO : WITHOUT_UNDO);
}

/**
 * Server-made toasts fade like the others; `HX-Trigger: {"toast": {"text": "...", "undo": "/..."}}`
 * shows one after an htmx request.
 */
export function startToasts(page: Document): void {
  for (const toast of page.querySelectorAll<HTMLElement>("#toasts > .toast")) {
    dismissLater(toast, toast.querySelector("form") ? WITH_UNDO : WITHOUT_UNDO);
    toast.querySelector("[data-close]")?.addEventListener("click", () => toast.remove());
  }
  page.addEventListener("toast", (event) => showToast((event as CustomEvent<Toast>).detail));
  page.addEventListener("click", (event) => {
    const trigger =
      event.target instanceof Element ? event.target.closest<HTMLElement>("[data-toast]") : null;
    if (!trigger) return;
    const restore = trigger.dataset.toastUndo === undefined ? undefined : () => undefined;
    showToast({ text: trigger.dataset.toast ?? "", ...(restore ? { undo: restore } : {}) });
  });
}
