/**
 * Quiz: the review opens over the question, as a sheet on phones. The button submits the form and leads
 * to the same review as a page of its own, which is what happens whenever anything goes wrong here.
 */
const TAKES = 4_000;

async function reviewFrom(form: HTMLFormElement, button: HTMLButtonElement): Promise<Element | null> {
  const body = new FormData(form, button);
  const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(TAKES) });
  if (!answer.ok || !answer.url.includes(button.dataset.reviewUrl ?? "")) return null;
  const text = await answer.text();
  // Only the page's main part is parsed: its head carries styles under a nonce that is not ours.
  const main = text.slice(text.indexOf("<main"), text.indexOf("</main>"));
  const page = new DOMParser().parseFromString(main, "text/html");
  return page.querySelector("[data-review]");
}

export default function quizReview(button: HTMLElement): void {
  if (!(button instanceof HTMLButtonElement)) return;
  button.addEventListener("click", (event) => {
    const dialog = document.getElementById("review");
    const form = button.form;
    if (!(dialog instanceof HTMLDialogElement) || !form) return;
    event.preventDefault();
    reviewFrom(form, button)
      .then((review) => {
        if (!review) throw new Error("this is not the review");
        // Two forms may not share an id: the timer's own stays the one that time is up for.
        review.querySelector("form")?.removeAttribute("id");
        dialog.replaceChildren(document.adoptNode(review));
        dialog.showModal();
        dialog.querySelector<HTMLElement>(".btn.primary")?.focus();
      })
      .catch(() => {
        const go = document.createElement("input");
        Object.assign(go, { type: "hidden", name: "go", value: "review" });
        form.append(go);
        form.submit();
      });
  });
}
