/** Shows and hides what is typed into the password field that the button controls. */
export default function reveal(button: HTMLElement): void {
  const input = document.getElementById(button.getAttribute("aria-controls") ?? "");
  if (!(input instanceof HTMLInputElement)) return;
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    button.textContent = shown ? (button.dataset.show ?? "Show") : (button.dataset.hide ?? "Hide");
  });
}
