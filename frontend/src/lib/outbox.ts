/**
 * Keeps answers until the server has acknowledged them.
 *
 * An answer is written to the device first, then sent; it leaves the device only when the server
 * said so and it has not changed in between. What the indicator says is therefore always true.
 */
export type SavedState = "saved" | "saving" | "offline" | "error";

export type Answers = Record<string, string[]>;

export interface Receipt {
  /** 0: the network failed. */
  status: number;
  ok: boolean;
  /** ISO time of the server, where it gave one. */
  serverTime: string | undefined;
}

export interface Shelf {
  read(): Answers;
  write(answers: Answers): void;
}

export interface OutboxParts {
  send(answers: Answers): Promise<Receipt>;
  shelf: Shelf;
  /** Runs `task` after `milliseconds`. */
  later(task: () => void, milliseconds: number): void;
  /** Told at every change of state. */
  tell(state: SavedState, receipt: Receipt | undefined): void;
  /** Between 0 and 1, spreads retries out. */
  random(): number;
}

const PAUSE = 600;
const FIRST_RETRY = 1_000;
const LAST_RETRY = 30_000;

/** Milliseconds before try number `attempt` (from 1), doubled each time and spread by half. */
export function retryDelay(attempt: number, random: number): number {
  const full = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (attempt - 1));
  return full / 2 + (full / 2) * random;
}

/** Whether sending the same thing again could help. */
export function worthRetrying(status: number): boolean {
  return status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
}

export class Outbox {
  private pending: Answers;
  private attempt = 0;
  private sending = false;
  private waiting = false;
  private refused = false;

  constructor(private readonly parts: OutboxParts) {
    this.pending = parts.shelf.read();
  }

  /** Answers that the server has not acknowledged. */
  get unsaved(): Answers {
    return { ...this.pending };
  }

  get isEmpty(): boolean {
    return Object.keys(this.pending).length === 0;
  }

  /** The person changed an answer. */
  put(question: string, answer: string[]): void {
    this.pending = { ...this.pending, [question]: answer };
    this.parts.shelf.write(this.pending);
    if (this.refused) {
      this.parts.tell("error", undefined);
      return;
    }
    if (this.attempt === 0) this.parts.tell("saving", undefined);
    this.schedule(PAUSE);
  }

  /** Sends now what is unsaved; resolves when that attempt is over. */
  async flush(): Promise<void> {
    if (this.sending || this.refused || this.isEmpty) return;
    this.sending = true;
    const sent = this.pending;
    const receipt = await this.parts.send(sent);
    this.sending = false;
    if (receipt.ok) this.acknowledge(sent, receipt);
    else if (worthRetrying(receipt.status)) this.retry(receipt);
    else {
      this.refused = true;
      this.parts.tell("error", receipt);
    }
  }

  private acknowledge(sent: Answers, receipt: Receipt): void {
    this.attempt = 0;
    const left = Object.entries(this.pending).filter(([question, answer]) => sent[question] !== answer);
    this.pending = Object.fromEntries(left);
    this.parts.shelf.write(this.pending);
    this.parts.tell(this.isEmpty ? "saved" : "saving", receipt);
    if (!this.isEmpty) this.schedule(0);
  }

  private retry(receipt: Receipt): void {
    this.attempt += 1;
    this.parts.tell("offline", receipt);
    this.schedule(retryDelay(this.attempt, this.parts.random()));
  }

  private schedule(milliseconds: number): void {
    if (this.waiting) return;
    this.waiting = true;
    this.parts.later(() => {
      this.waiting = false;
      void this.flush();
    }, milliseconds);
  }
}
