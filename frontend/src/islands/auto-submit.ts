/** A filter form that applies itself: at once for choices, after a pause for typing. */
const PAUSE = 300;

export default function autoSubmit(form: HTMLElement): void {
  if (!(form instanceof HTMLFormElement)) return;
  let timer = 0;
  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.type === "search") return;
    form.requestSubmit();
  });
  form.addEventListener("input", (event) => {
    if (!(event.target instanceof HTMLInputElement) || event.target.type !== "search") return;
    clearTimeout(timer);
    timer = window.setTimeout(() => form.requestSubmit(), PAUSE);
  });
}
