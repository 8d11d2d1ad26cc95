/**
 * Saves a lesson a moment after the last change, one request at a time, and never says "saved" before the server
 * did. What is not saved is kept on this device. Somebody else's newer state stops it until the person decides.
 */
import { retryDelay, worthRetrying } from "../lib/outbox";

export interface Draft {
  title: string;
  blocks: unknown[];
}

export interface Reply {
  ok: boolean;
  /** 0: the network failed. */
  status: number;
  /** The version after a save, or the newer one of a conflict. */
  version?: number | undefined;
  /** Fields that were refused, by place. */
  fields?: Record<string, string> | undefined;
  /** The newer state of a conflict. */
  current?: unknown;
}

export type SaverState = "saved" | "saving" | "offline" | "refused" | "conflict";

export interface SaverParts {
  /** What to save now. */
  compose(): Draft;
  send(draft: Draft, version: number): Promise<Reply>;
  keep(draft: Draft, version: number): void;
  forget(): void;
  later(task: () => void, milliseconds: number): void;
  tell(state: SaverState, reply: Reply | undefined): void;
  random(): number;
}

const PAUSE = 900;

export class Saver {
  private dirty = false;
  private sending = false;
  private waiting = false;
  private stopped = false;
  private attempt = 0;

  constructor(
    private readonly parts: SaverParts,
    public version: number,
  ) {}

  get unsaved(): boolean {
    return this.dirty || this.sending;
  }

  /** Something changed. */
  touch(): void {
    this.dirty = true;
    this.parts.keep(this.parts.compose(), this.version);
    if (this.stopped) return;
    if (this.attempt === 0) this.parts.tell("saving", undefined);
    this.schedule(PAUSE);
  }

  /** Goes on after a conflict, from the version that the person now knows of. */
  resume(version: number): Promise<void> {
    this.version = version;
    this.stopped = false;
    this.dirty = true;
    return this.flush();
  }

  async flush(): Promise<void> {
    if (!this.dirty || this.sending || this.stopped) return;
    this.sending = true;
    this.dirty = false;
    const reply = await this.parts.send(this.parts.compose(), this.version);
    this.sending = false;
    if (reply.ok) this.accepted(reply);
    else if (reply.status === 409) this.stop("conflict", reply);
    else if (worthRetrying(reply.status)) this.retry(reply);
    else this.refused(reply);
  }

  private accepted(reply: Reply): void {
    this.attempt = 0;
    this.version = reply.version ?? this.version;
    if (this.dirty) {
      this.parts.keep(this.parts.compose(), this.version);
      this.schedule(PAUSE);
      return;
    }
    this.parts.forget();
    this.parts.tell("saved", reply);
  }

  /** The server found fault with a field: the next change tries again. */
  private refused(reply: Reply): void {
    this.attempt = 0;
    this.dirty = true;
    this.parts.tell("refused", reply);
  }

  private stop(state: SaverState, reply: Reply): void {
    this.dirty = true;
    this.stopped = true;
    this.parts.tell(state, reply);
  }

  private retry(reply: Reply): void {
    this.dirty = true;
    this.attempt += 1;
    this.parts.tell("offline", reply);
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
