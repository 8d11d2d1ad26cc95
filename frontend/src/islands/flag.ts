/** Quiz: flag a question for later. Flags stay on this device, they are the learner's own. */
export default function flag(button: HTMLElement): void {
  const key = `scholr:flags:${button.dataset.attempt ?? ""}`;
  const question = button.dataset.flag ?? "";
  const read = () => new Set(JSON.parse(localStorage.getItem(key) ?? "[]") as string[]);
  const show = () => {
    const flags = read();
    button.setAttribute("aria-pressed", String(flags.has(question)));
    for (const link of document.querySelectorAll<HTMLElement>("[data-question-link]")) {
      const on = flags.has(link.dataset.questionLink ?? "");
      link.classList.toggle("flag", on);
    }
  };
  button.addEventListener("click", () => {
    const flags = read();
    if (!flags.delete(question)) flags.add(question);
    localStorage.setItem(key, JSON.stringify([...flags]));
    show();
  });
  show();
}
