/** Appearance: buttons named `theme` in a form. The choice is posted so that the server paints it next time. */

export default function theme(form: HTMLElement): void {
  form.addEventListener("click", (event) => {
    const button =
      event.target instanceof Element ? event.target.closest<HTMLButtonElement>("[name=theme]") : null;
    if (!button || !(form instanceof HTMLFormElement)) return;
    event.preventDefault();
    const root = document.documentElement;
    if (button.value === "system") delete root.dataset.theme;
    else root.dataset.theme = button.value;
    for (const each of form.querySelectorAll<HTMLElement>("[name=theme]")) {
      each.setAttribute("aria-pressed", String(each === button));
    }
    const body = new URLSearchParams({ theme: button.value });
    void fetch(form.action, { method: "POST", body, credentials: "same-origin" });
  });
}
