import { beforeEach, describe, expect, it } from "vitest";
import {
  Outbox,
  retryDelay,
  worthRetrying,
  type Answers,
  type Receipt,
  type SavedState,
} from "../src/lib/outbox";

const ACCEPTED: Receipt = { ok: true, status: 200, serverTime: "2026-11-23T10:41:00Z" };
const LOST: Receipt = { ok: false, status: 0, serverTime: undefined };
const CLOSED: Receipt = { ok: false, status: 409, serverTime: undefined };

let kept: Answers;
let sent: Answers[];
let states: SavedState[];
let timers: { task: () => void; after: number }[];
let reply: () => Promise<Receipt>;

function outbox(): Outbox {
  return new Outbox({
    send: (answers) => {
      sent.push(answers);
      return reply();
    },
    shelf: { read: () => kept, write: (answers) => (kept = answers) },
    later: (task, after) => timers.push({ task, after }),
    tell: (state) => states.push(state),
    random: () => 1,
  });
}

async function runTimer(): Promise<void> {
  timers.shift()?.task();
  await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => {
  [kept, sent, states, timers] = [{}, [], [], []];
  reply = () => Promise.resolve(ACCEPTED);
});

describe("Outbox", () => {
  it("keeps an answer on the device before it is sent, and lets go after the receipt", async () => {
    const box = outbox();
    box.put("q1", ["2"]);
    expect(kept).toEqual({ q1: ["2"] });
    expect(states).toEqual(["saving"]);
    await runTimer();
    expect(sent).toEqual([{ q1: ["2"] }]);
    expect(states).toEqual(["saving", "saved"]);
    expect(kept).toEqual({});
  });

  it("gathers quick changes into one request", async () => {
    const box = outbox();
    box.put("q1", ["a"]);
    box.put("q1", ["ab"]);
    box.put("q2", ["1"]);
    await runTimer();
    expect(sent).toEqual([{ q1: ["ab"], q2: ["1"] }]);
    expect(timers).toEqual([]);
  });

  it("does not claim to have saved what changed while it was on its way", async () => {
    let arrive: (receipt: Receipt) => void = () => undefined;
    reply = () => new Promise((resolve) => (arrive = resolve));
    const box = outbox();
    box.put("q1", ["old"]);
    const flushed = box.flush();
    box.put("q1", ["new"]);
    arrive(ACCEPTED);
    await flushed;
    expect(states.at(-1)).toBe("saving");
    expect(kept).toEqual({ q1: ["new"] });
  });

  it("says offline, keeps the answers and tries again", async () => {
    reply = () => Promise.resolve(LOST);
    const box = outbox();
    box.put("q1", ["2"]);
    await runTimer();
    expect(states.at(-1)).toBe("offline");
    expect(kept).toEqual({ q1: ["2"] });
    reply = () => Promise.resolve(ACCEPTED);
    await runTimer();
    expect(states.at(-1)).toBe("saved");
    expect(kept).toEqual({});
  });

  it("does not say saving while the network is known to be gone", async () => {
    reply = () => Promise.resolve(LOST);
    const box = outbox();
    box.put("q1", ["2"]);
    await runTimer();
    box.put("q2", ["3"]);
    expect(states.at(-1)).toBe("offline");
    expect(kept).toEqual({ q1: ["2"], q2: ["3"] });
  });

  it("stops and says so when the attempt is closed", async () => {
    reply = () => Promise.resolve(CLOSED);
    const box = outbox();
    box.put("q1", ["2"]);
    await runTimer();
    expect(states.at(-1)).toBe("error");
    expect(timers).toEqual([]);
    box.put("q1", ["3"]);
    expect(states.at(-1)).toBe("error");
    expect(sent).toHaveLength(1);
    expect(kept).toEqual({ q1: ["3"] });
  });

  it("sends what an earlier page left on the device", async () => {
    kept = { q9: ["x"] };
    const box = outbox();
    expect(box.unsaved).toEqual({ q9: ["x"] });
    await box.flush();
    expect(sent).toEqual([{ q9: ["x"] }]);
    expect(box.isEmpty).toBe(true);
  });
});

describe("retryDelay", () => {
  it("doubles up to half a minute and spreads by half", () => {
    expect([1, 2, 3].map((attempt) => retryDelay(attempt, 1))).toEqual([1_000, 2_000, 4_000]);
    expect(retryDelay(20, 1)).toBe(30_000);
    expect(retryDelay(20, 0)).toBe(15_000);
  });
});

describe("worthRetrying", () => {
  it.each([0, 408, 429, 500, 503])("tries again after %d", (status) => {
    expect(worthRetrying(status)).toBe(true);
  });
  it.each([400, 401, 403, 404, 409, 422])("does not after %d", (status) => {
    expect(worthRetrying(status)).toBe(false);
  });
});
