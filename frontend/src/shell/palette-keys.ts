/** Ctrl or ⌘ K from anywhere, and everything marked `data-palette`. The palette itself loads on first use. */

async function open(): Promise<void> {
  const { openPalette } = await import("./palette");
  openPalette();
}

/** The hint in the rail names the key that this keyboard has. */
function nameTheKey(page: Document): void {
  const hint = page.querySelector(".find kbd");
  if (hint && !/mac|iphone|ipad/i.test(navigator.userAgent)) hint.textContent = "Ctrl K";
}

export function startPalette(page: Document): void {
  nameTheKey(page);
  page.addEventListener("keydown", (event) => {
    if (!(event.metaKey || event.ctrlKey) || event.key.toLowerCase() !== "k") return;
    if (!page.getElementById("palette")) return;
    event.preventDefault();
    void open();
  });
  page.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("[data-palette]") : null;
    if (!target || !page.getElementById("palette")) return;
    event.preventDefault();
    void open();
  });
}
