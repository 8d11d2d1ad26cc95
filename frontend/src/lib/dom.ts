/** Small helpers for making icons and reading direction. */

const SVG = "http://www.w3.org/2000/svg";

export function icon(name: string, extra = ""): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `i ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${document.documentElement.dataset.icons ?? ""}#i-${name}`);
  svg.append(use);
  return svg;
}

export function isRightToLeft(element: Element = document.documentElement): boolean {
  return getComputedStyle(element).direction === "rtl";
}

/** True while the person is typing, so that single-key shortcuts must keep quiet. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("input,textarea,select");
}

export function hasModifier(event: KeyboardEvent): boolean {
  return event.metaKey || event.ctrlKey || event.altKey || event.shiftKey;
}

/** Clock time in the page's language, such as 10:41. English without a country is international, as on the server. */
export function clockTime(at: Date): string {
  const zone = document.documentElement.dataset.timeZone;
  const language = document.documentElement.lang;
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    hour: "2-digit",
    minute: "2-digit",
    ...(zone ? { timeZone: zone } : {}),
  }).format(at);
}
