/**
 * The block editor of a lesson. `data-state` names the script element with what it begins with; the form that
 * works without script stands behind it and is hidden.
 */
import { announce } from "../lib/announce";
import { clockTime, icon } from "../lib/dom";
import { getJson, sendJson } from "../lib/http";
import { Canvas } from "../editor/canvas";
import { quizzesOf } from "../editor/fields";
import { complete, missing, type Block } from "../editor/model";
import { Saver, type Draft, type Reply, type SaverState } from "../editor/saver";

interface State {
  lesson: string;
  course: string;
  version: number;
  title: string;
  blocks: Block[];
  files: Record<string, string>;
}

interface Kept extends Draft {
  version: number;
  /** Addresses of files that were uploaded and belong to no saved block yet. */
  files: [string, string][];
}

interface SaveBody {
  version?: number;
  current?: { version: number };
  fields?: Record<string, string>;
}

const ASIDE_PAUSE = 1_200;

function readState(element: HTMLElement): State {
  return JSON.parse(document.getElementById(element.dataset.state ?? "")?.textContent ?? "{}") as State;
}

async function put(lesson: string, draft: Draft, version: number, ownState: boolean): Promise<Reply> {
  let answer: Response;
  try {
    answer = await fetch(`/api/lessons/${lesson}/blocks`, {
      method: "PUT",
      credentials: "same-origin",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ ...draft, version, own_state: ownState }),
    });
  } catch (error) {
    if (error instanceof TypeError) return { ok: false, status: 0 };
    throw error;
  }
  const body = (await answer.json()) as SaveBody;
  return { ok: answer.ok, status: answer.status, version: body.current?.version ?? body.version, fields: body.fields };
}

class LessonEditor {
  private readonly title: HTMLTextAreaElement;
  private readonly canvas: Canvas;
  private readonly saver: Saver;
  private readonly saved: Map<string, Block>;
  private readonly key: string;
  private readonly files: Map<string, string>;
  private asideTimer = 0;
  /** After a conflict: the other one's state must stay in the history, also when it is one's own other window. */
  private ownState = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly state: State,
  ) {
    this.key = `scholr:lesson:${state.lesson}`;
    this.saved = new Map(state.blocks.map((block) => [block.id, structuredClone(block)]));
    const kept = this.kept();
    const known = Object.entries(state.files).map(([id, url]): [string, string] => [`asset:${id}`, url]);
    this.files = new Map([...(kept?.files ?? []), ...known]);
    this.title = titleField(kept?.title ?? state.title, () => this.saver.touch());
    this.canvas = new Canvas({
      blocks: kept ? (kept.blocks as Block[]) : state.blocks,
      files: this.files,
      quizzes: quizzesOf(state.course),
      changed: () => this.saver?.touch(),
    });
    this.saver = new Saver(
      {
        compose: () => this.compose(),
        send: (draft, version) => this.send(draft, version),
        keep: (draft, version) => this.keep(draft, version),
        forget: () => localStorage.removeItem(this.key),
        later: (task, milliseconds) => void setTimeout(task, milliseconds),
        tell: (state, reply) => this.tell(state, reply),
        random: Math.random,
      },
      kept?.version ?? state.version,
    );
    root.append(this.title, this.canvas.element, addButton(() => this.canvas.addAtEnd()));
    if (kept) this.saver.touch();
    this.listen();
  }

  private listen(): void {
    addEventListener("online", () => void this.saver.flush());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void this.saver.flush());
    addEventListener("beforeunload", (event) => {
      if (!this.saver.unsaved) return;
      void this.saver.flush();
      event.preventDefault();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      void this.saver.flush();
    });
  }

  private compose(): Draft {
    return { title: this.title.value.trim() || "Untitled lesson", blocks: complete(this.canvas.blocks, this.saved).send };
  }

  private async send(draft: Draft, version: number): Promise<Reply> {
    const reply = await put(this.state.lesson, draft, version, this.ownState);
    if (reply.ok) this.ownState = false;
    if (reply.ok) for (const block of draft.blocks as Block[]) this.saved.set(block.id, structuredClone(block));
    return reply;
  }

  /** Everything that is on the screen, half done blocks too. */
  private keep(draft: Draft, version: number): void {
    const kept: Kept = { title: draft.title, blocks: this.canvas.blocks, version, files: [...this.files] };
    localStorage.setItem(this.key, JSON.stringify(kept));
  }

  private kept(): Kept | undefined {
    const text = localStorage.getItem(this.key);
    return text ? (JSON.parse(text) as Kept) : undefined;
  }

  private tell(state: SaverState, reply: Reply | undefined): void {
    const held = this.canvas.blocks.flatMap((block) => {
      const lacks = missing(block);
      return lacks ? [[block.id, `Kept on this device until you ${lacks[1]}.`] as const] : [];
    });
    this.canvas.mark(new Map([...held, ...refusals(reply, this.compose())]));
    indicate(state, held.length);
    if (state === "conflict") this.askWhose(reply);
    if (state === "saved") {
      if (held.length) this.keep(this.compose(), this.saver.version);
      this.refreshAside();
    }
  }

  /** The publish bar and the history are the server's to say. */
  private refreshAside(): void {
    clearTimeout(this.asideTimer);
    this.asideTimer = window.setTimeout(() => void this.fetchAside(), ASIDE_PAUSE);
  }

  private async fetchAside(): Promise<void> {
    const answer = await fetch(`/teach/lessons/${this.state.lesson}/changes`, { credentials: "same-origin" });
    const aside = document.getElementById("aside");
    if (answer.ok && aside && !aside.contains(document.activeElement)) aside.innerHTML = await answer.text();
  }

  private askWhose(reply: Reply | undefined): void {
    const version = reply?.version ?? this.saver.version;
    const box = document.createElement("div");
    box.className = "call warn ed-conflict";
    box.setAttribute("role", "alert");
    const title = document.createElement("b");
    title.textContent = "Somebody else changed this lesson";
    const text = document.createElement("p");
    text.textContent = "Whichever you choose, the other one stays in the history.";
    const row = document.createElement("div");
    row.className = "row g2";
    row.append(
      plainButton("Keep mine", () => {
        box.remove();
        this.ownState = true;
        void this.saver.resume(version);
      }),
      plainButton("Take theirs", () => void this.takeTheirs(version)),
    );
    box.append(icon("triangle-alert"), title, text, row);
    this.root.prepend(box);
    box.scrollIntoView({ block: "nearest" });
  }

  /** Mine goes into the history first, then theirs becomes the newest again: nothing is lost. */
  private async takeTheirs(version: number): Promise<void> {
    const lesson = `/api/lessons/${this.state.lesson}`;
    const mine = await put(this.state.lesson, this.compose(), version, true);
    const history = mine.ok ? await getJson<{ items: { id: string; version: number }[] }>(`${lesson}/revisions`) : undefined;
    const theirs = history?.items.find((item) => item.version === version);
    if (theirs) await sendJson(`${lesson}/revisions/${theirs.id}/restore`, "POST", {});
    localStorage.removeItem(this.key);
    location.reload();
  }
}

/** What the server found fault with, by block. */
function refusals(reply: Reply | undefined, draft: Draft): [string, string][] {
  return Object.entries(reply?.fields ?? {}).flatMap(([place, problem]) => {
    const index = Number(/^blocks\.(\d+)\./.exec(place)?.[1]);
    const block = (draft.blocks as Block[])[index];
    return block ? [[block.id, `Not saved: ${place.split(".").pop() ?? ""} ${problem}.`] as [string, string]] : [];
  });
}

function indicate(state: SaverState, held: number): void {
  const indicator = document.querySelector<HTMLElement>("[data-saved]");
  const words = indicator?.querySelector("span");
  if (!indicator || !words) return;
  const sentence: Record<SaverState, string> = {
    saved: held ? `Saved ${clockTime(new Date())}, but for ${held === 1 ? "one block" : `${held} blocks`}` : `Saved ${clockTime(new Date())}`,
    saving: "Saving…",
    offline: "Offline: kept on this device",
    refused: "Not saved: look at the marked block",
    conflict: "Not saved: somebody else was faster",
  };
  const before = indicator.dataset.saved;
  const now = state === "refused" || state === "conflict" ? "error" : state;
  indicator.dataset.saved = now;
  words.textContent = sentence[state];
  if (now !== before && now !== "saving" && before !== "saving") announce(sentence[state]);
  if (now === "error" || now === "offline") announce(sentence[state]);
}

function titleField(value: string, changed: () => void): HTMLTextAreaElement {
  const field = document.createElement("textarea");
  field.className = "ed-title title";
  field.rows = 1;
  field.maxLength = 200;
  field.value = value;
  field.ariaLabel = "Title of the lesson";
  field.addEventListener("input", () => {
    field.value = field.value.replace(/\n/g, " ");
    changed();
  });
  field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  return field;
}

function addButton(run: () => void): HTMLElement {
  const made = plainButton("Add a block", run);
  made.classList.add("ed-more");
  return made;
}

function plainButton(label: string, run: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn sm";
  made.textContent = label;
  made.addEventListener("click", run);
  return made;
}

export default function editor(root: HTMLElement): void {
  new LessonEditor(root, readState(root));
}
