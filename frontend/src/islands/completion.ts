/**
 * "Mark complete" without a network: kept on this device (`data-learner`, `data-course`, `data-lesson`), handed in when
 * the network is back. `[data-completion]` says which, and is never ahead of the truth.
 */
import { announce } from "../lib/announce";
import { deviceShelf, handIn, isKept, keep, merge } from "../lib/completions";
import { retryDelay } from "../lib/outbox";

const WORDS = {
  kept: "Complete. Kept on this device until you are online",
  merged: "Complete, and saved",
  refused: "Kept on this device, but not taken: reload the page to see why",
};

type State = keyof typeof WORDS;

function tell(element: HTMLElement, state: State): void {
  const place = element.querySelector<HTMLElement>("[data-completion]");
  if (!place || place.dataset.completion === state) return;
  place.dataset.completion = state;
  place.hidden = false;
  const indicator = place.querySelector<HTMLElement>("[data-saved]");
  if (indicator) indicator.dataset.saved = { kept: "offline", merged: "saved", refused: "error" }[state];
  const words = place.querySelector<HTMLElement>("[data-saved] > span");
  if (words) words.textContent = WORDS[state];
  for (const form of document.querySelectorAll<HTMLElement>("#complete, [form=complete]")) form.hidden = true;
  announce(WORDS[state]);
}

export default function completion(element: HTMLElement): () => void {
  const { learner = "", course = "", lesson = "" } = element.dataset;
  let attempt = 0;
  let timer = 0;
  const sync = async () => {
    clearTimeout(timer);
    const here = isKept(deviceShelf, learner, course, lesson);
    const outcome = await handIn(deviceShelf, learner, merge);
    if (here) tell(element, outcome);
    attempt = outcome === "kept" ? attempt + 1 : 0;
    if (attempt) timer = window.setTimeout(() => void sync(), retryDelay(attempt, Math.random()));
  };
  const submit = (event: SubmitEvent) => {
    if (!(event.target instanceof HTMLFormElement) || event.target.id !== "complete" || navigator.onLine) return;
    event.preventDefault();
    keep(deviceShelf, learner, course, lesson);
    tell(element, "kept");
  };
  const online = () => void sync();
  document.addEventListener("submit", submit);
  addEventListener("online", online);
  void sync();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("submit", submit);
    removeEventListener("online", online);
  };
}
