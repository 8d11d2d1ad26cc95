/** Queue in front of an exam: `data-wait` seconds, spread by half so that not everybody knocks at once, then it tries again. */
export default function quizWaiting(form: HTMLElement): (() => void) | void {
  if (!(form instanceof HTMLFormElement)) return;
  const wait = Number(form.dataset.wait ?? "2") * 1_000;
  const timer = window.setTimeout(() => form.submit(), wait + (wait / 2) * Math.random());
  return () => clearTimeout(timer);
}
