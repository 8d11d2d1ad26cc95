/** The outline's link to the heading being read gets `.at`. */
export default function outline(nav: HTMLElement): () => void {
  const links = [...nav.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')];
  const heading = (link: HTMLAnchorElement) =>
    document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const mark = () => {
    const passed = links.filter((link) => (heading(link)?.getBoundingClientRect().top ?? Infinity) < 160);
    const current = passed.at(-1) ?? links[0];
    for (const link of links) link.classList.toggle("at", link === current);
  };
  let queued = false;
  const scroll = () => {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => {
      queued = false;
      mark();
    });
  };
  addEventListener("scroll", scroll, { passive: true });
  mark();
  return () => removeEventListener("scroll", scroll);
}
