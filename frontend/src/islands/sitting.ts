/**
 * Tells how long this lesson has been on screen (visible time only), and keeps "minutes left" true.
 *
 * `data-url` takes `{view_id, seconds}`; a name of its own for this sitting lets the largest report count however
 * often and in whichever order reports arrive. The page's own (`data-view`) stands in where the browser makes none:
 * a page that was kept brings the same one again.
 */
import { sendJson } from "../lib/http";
import { Stopwatch } from "../lib/stopwatch";

const EVERY = 60_000;

function minutesLeft(element: HTMLElement | null): () => void {
  const all = Number(element?.dataset.minutesLeft ?? 0);
  const language = document.documentElement.lang;
  // English without a country is international, as on the server.
  const unit = new Intl.NumberFormat(language === "en" ? "en-US" : language, { style: "unit", unit: "minute" });
  return () => {
    if (!element || all <= 1) return;
    const room = Math.max(1, document.documentElement.scrollHeight - innerHeight);
    element.textContent = unit.format(Math.max(1, Math.ceil(all * (1 - Math.min(1, scrollY / room)))));
  };
}

export default function sitting(element: HTMLElement): () => void {
  const { url } = element.dataset;
  const view = "randomUUID" in crypto ? crypto.randomUUID() : element.dataset.view;
  const watch = new Stopwatch(performance.now(), document.visibilityState === "visible");
  const left = minutesLeft(document.querySelector<HTMLElement>("[data-minutes-left]"));
  let told = 0;
  const report = () => {
    const seconds = Math.min(86_400, watch.seconds(performance.now()));
    if (!url || !view || seconds <= told) return;
    told = seconds;
    void sendJson(url, "POST", { view_id: view, seconds });
  };
  const seen = () => {
    watch.set(document.visibilityState === "visible", performance.now());
    if (document.visibilityState === "hidden") report();
  };
  const timer = setInterval(report, EVERY);
  document.addEventListener("visibilitychange", seen);
  addEventListener("pagehide", report);
  addEventListener("scroll", left, { passive: true });
  left();
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", seen);
    removeEventListener("pagehide", report);
    removeEventListener("scroll", left);
    report();
  };
}
