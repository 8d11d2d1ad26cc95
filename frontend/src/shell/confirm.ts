/**
 * Asks before something that cannot be undone. On a form or a submit button:
 * `data-confirm="Delete this course?"`, with optional `data-confirm-text` and `data-confirm-action`.
 * Without script the server's own confirmation page has to ask.
 */

const asked = new WeakSet<HTMLFormElement>();

interface Question {
  title: string;
  text: string | undefined;
  action: string;
}

function questionOf(form: HTMLFormElement, submitter: HTMLElement | null): Question | undefined {
  const source = submitter?.dataset.confirm ? submitter : form;
  const title = source.dataset.confirm;
  if (!title) return undefined;
  return {
    title,
    text: source.dataset.confirmText,
    action: source.dataset.confirmAction ?? submitter?.textContent?.trim() ?? "Continue",
  };
}

function button(label: string, kind: string, value: string): HTMLButtonElement {
  const element = document.createElement("button");
  element.className = `btn ${kind}`.trim();
  element.value = value;
  element.textContent = label;
  return element;
}

function build(question: Question): HTMLDialogElement {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  const title = document.createElement("h2");
  title.className = "h3";
  title.id = "confirm-title";
  title.textContent = question.title;
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "dialog-foot";
  const keep = button(document.documentElement.dataset.cancel ?? "Cancel", "", "no");
  keep.autofocus = true;
  form.append(keep, button(question.action, "danger", "yes"));
  dialog.append(title);
  if (question.text) {
    const text = document.createElement("p");
    text.className = "quiet";
    text.textContent = question.text;
    dialog.append(text);
  }
  dialog.append(form);
  return dialog;
}

/** Resolves to true only when the person chose the action. */
export function ask(question: Question): Promise<boolean> {
  const dialog = build(question);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

export function startConfirm(page: Document): void {
  page.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || asked.delete(form)) return;
      const submitter = event.submitter;
      const question = questionOf(form, submitter);
      if (!question) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      void ask(question).then((yes) => {
        if (!yes) return;
        asked.add(form);
        form.requestSubmit(submitter);
      });
    },
    { capture: true },
  );
}
