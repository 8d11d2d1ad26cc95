/**
 * A button that asks this device for a passkey. `data-passkey` is "add", "sign-in" or "confirm"; `data-next` is where
 * to go after the latter two. Hidden where the browser has no passkeys. Messages go into the element of `data-says`.
 */
import { sendJson } from "../lib/http";
import { announce } from "../lib/announce";

interface Challenge {
  challenge_id: string;
  options: PublicKeyCredentialRequestOptionsJSON & PublicKeyCredentialCreationOptionsJSON;
}
interface Refusal {
  code?: string;
  detail?: string;
}
type Outcome = { next?: string } & Refusal;

const PLACES: Record<string, string> = {
  add: "/account/passkeys",
  "sign-in": "/sign-in/passkey",
  confirm: "/account/security/confirm/passkey",
};
const CONFIRM = "/account/security/confirm?next=/account/security";

function isSupported(): boolean {
  return (
    "PublicKeyCredential" in window &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function" &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function"
  );
}

async function ask(adding: boolean, options: Challenge["options"]): Promise<PublicKeyCredential | undefined> {
  const found = adding
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return found instanceof PublicKeyCredential ? found : undefined;
}

function deviceName(): string {
  const system = /iPhone|iPad|Android|Windows|Mac OS X|CrOS|Linux/.exec(navigator.userAgent)?.[0] ?? "";
  return system ? `Passkey on ${system.replace("Mac OS X", "Mac").replace("CrOS", "Chromebook")}` : "Passkey";
}

export default function passkey(button: HTMLElement): void {
  const base = PLACES[button.dataset.passkey ?? ""];
  if (base === undefined || !isSupported()) return;
  const adding = button.dataset.passkey === "add";
  const says = document.getElementById(button.dataset.says ?? "");
  const tell = (text: string) => {
    if (says) says.textContent = text;
    announce(text);
  };

  const run = async () => {
    const challenge = await sendJson<Challenge & Refusal>(`${base}/options`, "POST", {});
    if (challenge.body?.code === "sign_in_again") return location.assign(CONFIRM);
    if (challenge.body?.code === "factor_first") return location.assign(`${CONFIRM}&with=factor`);
    if (!challenge.ok || !challenge.body) return tell(challenge.body?.detail ?? "That did not work. Try again.");
    const credential = await ask(adding, challenge.body.options);
    if (!credential) return;
    const remember = document.querySelector<HTMLInputElement>("input[name=remember]")?.checked ?? false;
    const answer = await sendJson<Outcome>(base, "POST", {
      challenge_id: challenge.body.challenge_id,
      credential: JSON.stringify(credential.toJSON()),
      next: button.dataset.next ?? "",
      name: adding ? deviceName() : "",
      remember,
    });
    if (answer.ok && answer.body?.next) return location.assign(answer.body.next);
    tell(answer.body?.detail ?? "That did not work. Try again.");
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    run().catch((error: unknown) => {
      // The person closed the browser's own window, or the device has no passkey for this site.
      if (error instanceof DOMException) tell("Nothing was changed.");
      else throw error;
    });
  });
}
