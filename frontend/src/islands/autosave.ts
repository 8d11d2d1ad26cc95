/**
 * Quiz autosave on a form: `data-autosave-url` takes `PUT {answers: {question: [...]}}`,
 * `data-attempt` names the shelf on this device. Fields belong to the nearest `[data-question]`.
 * The indicator is `[data-saved]` anywhere on the page.
 */
import { announce } from "../lib/announce";
import { clockTime } from "../lib/dom";
import { sendJson } from "../lib/http";
import { Outbox, type Answers, type Receipt, type SavedState, type Shelf } from "../lib/outbox";

interface SaveBody {
  server_time?: string;
  saved_at?: string;
  deadline_at?: string | null;
}

function shelfFor(attempt: string): Shelf {
  const key = `scholr:answers:${attempt}`;
  return {
    read: () => JSON.parse(localStorage.getItem(key) ?? "{}") as Answers,
    write: (answers) => {
      if (Object.keys(answers).length) localStorage.setItem(key, JSON.stringify(answers));
      else localStorage.removeItem(key);
    },
  };
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function valuesOf(question: HTMLElement): string[] {
  const fields = [...question.querySelectorAll<Field>("input[name],select[name],textarea[name]")];
  return fields
    .filter(
      (field) => !(field instanceof HTMLInputElement && /radio|checkbox/.test(field.type) && !field.checked),
    )
    .map((field) => field.value);
}

/** Puts answers that only this device knows back into the form. */
function restore(form: HTMLElement, answers: Answers): void {
  for (const [question, values] of Object.entries(answers)) {
    const box = form.querySelector<HTMLElement>(`[data-question="${CSS.escape(question)}"]`);
    if (!box) continue;
    const texts = [...values];
    for (const field of box.querySelectorAll<Field>("input[name],select[name],textarea[name]")) {
      if (field instanceof HTMLInputElement && /radio|checkbox/.test(field.type)) {
        field.checked = values.includes(field.value);
      } else field.value = texts.shift() ?? field.value;
    }
  }
}

/** The navigator shows at once what is answered; the server says it again with the next page. */
function markAnswered(question: string, answered: boolean): void {
  for (const link of document.querySelectorAll(`[data-question-link="${CSS.escape(question)}"]`)) {
    link.classList.toggle("done", answered);
    const name = (link.getAttribute("aria-label") ?? "").replace(/, answered$/, "");
    link.setAttribute("aria-label", answered ? `${name}, answered` : name);
  }
}

const WORDS: Record<Exclude<SavedState, "saved">, string> = {
  saving: "Saving…",
  offline: "Offline: kept on this device",
  error: "Not saved: reload the page",
};

function refusal(receipt: Receipt | undefined): string {
  if (receipt?.status === 401 || receipt?.status === 403) return "Signed out: kept on this device";
  if (receipt?.status === 409 || receipt?.status === 410) return "Closed: this was not taken";
  return WORDS.error;
}

/** Without a network, or with a server that could not take it just now. */
function waiting(receipt: Receipt | undefined): string {
  return receipt && receipt.status > 0 ? "Kept on this device, trying again" : WORDS.offline;
}

function indicate(state: SavedState, receipt: Receipt | undefined): void {
  const indicator = document.querySelector<HTMLElement>("[data-saved]");
  if (!indicator) return;
  const before = indicator.dataset.saved;
  indicator.dataset.saved = state;
  const at = receipt?.serverTime ? new Date(receipt.serverTime) : new Date();
  const words = {
    saved: `Saved ${clockTime(at)}`,
    saving: WORDS.saving,
    offline: waiting(receipt),
    error: refusal(receipt),
  }[state];
  const text = indicator.querySelector("span");
  if (text) text.textContent = words;
  if (state !== before && (state === "offline" || state === "error")) announce(words);
  if (before === "offline" && state === "saved") announce(words);
}

async function send(url: string, answers: Answers): Promise<Receipt> {
  const answer = await sendJson<SaveBody>(url, "PUT", { answers });
  const serverTime = answer.body?.server_time ?? answer.body?.saved_at;
  if (serverTime) {
    document.dispatchEvent(new CustomEvent("server-time", { detail: Date.parse(serverTime) }));
  }
  const deadline = answer.body?.deadline_at;
  if (deadline) document.dispatchEvent(new CustomEvent("deadline", { detail: Date.parse(deadline) }));
  return { ok: answer.ok, status: answer.status, serverTime };
}

export default function autosave(form: HTMLElement): () => void {
  const url = form.dataset.autosaveUrl ?? "";
  const outbox = new Outbox({
    send: (answers) => send(url, answers),
    shelf: shelfFor(form.dataset.attempt ?? url),
    later: (task, milliseconds) => void setTimeout(task, milliseconds),
    tell: indicate,
    random: Math.random,
  });
  restore(form, outbox.unsaved);
  const changed = (event: Event) => {
    const question =
      event.target instanceof Element ? event.target.closest<HTMLElement>("[data-question]") : null;
    if (!question?.dataset.question) return;
    const values = valuesOf(question);
    outbox.put(question.dataset.question, values);
    markAnswered(question.dataset.question, values.some((value) => value.trim()));
  };
  const flush = () => void outbox.flush();
  const leaving = (event: BeforeUnloadEvent) => {
    if (!outbox.isEmpty) event.preventDefault();
  };
  const timeUp = () => {
    removeEventListener("beforeunload", leaving);
    flush();
  };
  const away = () => document.visibilityState === "hidden" && flush();
  form.addEventListener("input", changed);
  form.addEventListener("submit", () => removeEventListener("beforeunload", leaving));
  addEventListener("online", flush);
  addEventListener("beforeunload", leaving);
  document.addEventListener("visibilitychange", away);
  document.addEventListener("time-up", timeUp);
  flush();
  return () => {
    removeEventListener("online", flush);
    removeEventListener("beforeunload", leaving);
    document.removeEventListener("visibilitychange", away);
    document.removeEventListener("time-up", timeUp);
  };
}
