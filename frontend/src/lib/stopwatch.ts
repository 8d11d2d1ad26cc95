/** Counts the time while it is running; all times are readings of the monotonic clock, in milliseconds. */
export class Stopwatch {
  private total = 0;
  private since: number | undefined;

  constructor(now: number, running: boolean) {
    this.since = running ? now : undefined;
  }

  set(running: boolean, now: number): void {
    if (running && this.since === undefined) this.since = now;
    if (!running && this.since !== undefined) {
      this.total += Math.max(0, now - this.since);
      this.since = undefined;
    }
  }

  /** Whole seconds so far. */
  seconds(now: number): number {
    const current = this.since === undefined ? 0 : Math.max(0, now - this.since);
    return Math.floor((this.total + current) / 1000);
  }
}
