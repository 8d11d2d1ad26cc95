/** A file field that takes dropped files and says what was chosen; it is a plain file input without script. */
export default function fileDrop(zone: HTMLElement): void {
  const input = zone.querySelector<HTMLInputElement>("input[type=file]");
  const name = zone.querySelector<HTMLElement>("[data-file-name]");
  if (!input) return;
  const say = () => {
    const files = [...(input.files ?? [])];
    if (name && files.length) name.textContent = files.map((file) => file.name).join(", ");
    zone.classList.toggle("chosen", files.length > 0);
  };
  const over = (on: boolean) => (event: DragEvent) => {
    event.preventDefault();
    zone.classList.toggle("over", on);
  };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  input.addEventListener("change", say);
  say();
}
