/** Says something to screen readers without moving focus. */
export function announce(text: string): void {
  const region = document.getElementById("announcer");
  if (!region) return;
  // The same text twice is not read twice unless the region was empty in between.
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 50);
}
