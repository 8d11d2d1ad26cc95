/**
 * Quiz timer. `data-deadline` and `data-server-now` are ISO times; `data-form` names the form that is
 * sent when time is up. The server closes the attempt by itself, so this only spares a surprise.
 */
import { announce } from "../lib/announce";
import { announcementFor, clockFace, Countdown } from "../lib/countdown";

const LOW = 60_000;
const SLEPT = 5_000;

function expire(element: HTMLElement): void {
  document.dispatchEvent(new CustomEvent("time-up"));
  const form = document.getElementById(element.dataset.form ?? "");
  // The autosave island hears the event first and sends what is unsaved.
  if (form instanceof HTMLFormElement) setTimeout(() => form.submit(), 1_500);
}

export default function countdown(element: HTMLElement): () => void {
  const face = element.querySelector("b") ?? element;
  const clock = new Countdown(
    Date.parse(element.dataset.deadline ?? ""),
    Date.parse(element.dataset.serverNow ?? ""),
    performance.now(),
  );
  let before = clock.remaining(performance.now());
  let wall = Date.now();
  let steady = performance.now();
  const tick = () => {
    const lost = Date.now() - wall - (performance.now() - steady);
    if (lost > SLEPT) clock.slept(lost);
    [wall, steady] = [Date.now(), performance.now()];
    const left = clock.remaining(steady);
    const words = announcementFor(before, left);
    face.textContent = clockFace(left);
    element.toggleAttribute("data-low", left <= LOW);
    if (words) announce(words);
    if (before > 0 && left === 0) expire(element);
    before = left;
  };
  const learn = (event: Event) => clock.sync((event as CustomEvent<number>).detail, performance.now());
  const moved = (event: Event) => {
    const by = clock.move((event as CustomEvent<number>).detail);
    if (by > 0) announce(`You have ${Math.round(by / 60_000)} more minutes`);
  };
  document.addEventListener("server-time", learn);
  document.addEventListener("deadline", moved);
  tick();
  const timer = setInterval(tick, 500);
  return () => {
    clearInterval(timer);
    document.removeEventListener("server-time", learn);
    document.removeEventListener("deadline", moved);
  };
}
