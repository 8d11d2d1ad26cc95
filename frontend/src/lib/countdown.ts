/**
 * A countdown to a deadline that the server keeps.
 *
 * It runs on the monotonic clock, so changing the computer's time does nothing. A later, better
 * reading of the server's clock is worked in at a tenth of real time, so the figure never jumps
 * and never runs backwards.
 */
export class Countdown {
  private deadline: number;
  private offset: number;
  private target: number;
  private last: number;

  /**
   * @param deadline when time is up, server clock, milliseconds
   * @param serverNow the server's clock when the page was made, milliseconds
   * @param monotonicNow performance.now() at that moment
   */
  constructor(deadline: number, serverNow: number, monotonicNow: number) {
    this.deadline = deadline;
    this.offset = serverNow - monotonicNow;
    this.target = this.offset;
    this.last = monotonicNow;
  }

  /** Learns a newer reading of the server's clock; `remaining` moves towards it smoothly. */
  sync(serverNow: number, monotonicNow: number): void {
    this.advance(monotonicNow);
    this.target = serverNow - monotonicNow;
  }

  /** The server gave more time, or took some back: returns by how many milliseconds. */
  move(deadline: number): number {
    const by = deadline - this.deadline;
    this.deadline = deadline;
    return by;
  }

  /** The computer slept and the monotonic clock stood still: take the lost time off at once. */
  slept(milliseconds: number): void {
    this.offset += milliseconds;
    this.target += milliseconds;
  }

  /** Milliseconds left, never below zero. */
  remaining(monotonicNow: number): number {
    this.advance(monotonicNow);
    return Math.max(0, this.deadline - (monotonicNow + this.offset));
  }

  private advance(monotonicNow: number): void {
    const most = Math.max(0, monotonicNow - this.last) / 10;
    const missing = this.target - this.offset;
    this.offset += Math.sign(missing) * Math.min(Math.abs(missing), most);
    this.last = monotonicNow;
  }
}

/** `11:40`, or `1:02:09` from an hour on. Rounded up, so that 0:00 means that time is up. */
export function clockFace(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const MARKS: ReadonlyArray<readonly [number, string]> = [
  [1800, "30 minutes left"],
  [600, "10 minutes left"],
  [300, "5 minutes left"],
  [60, "One minute left"],
  [30, "30 seconds left"],
  [0, "Time is up"],
];

/** What to say when the time went from `before` to `after` (milliseconds); undefined: nothing. */
export function announcementFor(before: number, after: number): string | undefined {
  return MARKS.findLast(([seconds]) => before > seconds * 1000 && after <= seconds * 1000)?.[1];
}
