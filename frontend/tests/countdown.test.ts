import { describe, expect, it } from "vitest";
import { announcementFor, clockFace, Countdown } from "../src/lib/countdown";

const SERVER = Date.parse("2026-11-23T10:00:00Z");
const MINUTE = 60_000;

describe("Countdown", () => {
  it("counts on the monotonic clock from the server's time", () => {
    const clock = new Countdown(SERVER + 20 * MINUTE, SERVER, 5_000);
    expect(clock.remaining(5_000)).toBe(20 * MINUTE);
    expect(clock.remaining(65_000)).toBe(19 * MINUTE);
  });

  it("never shows less than nothing", () => {
    const clock = new Countdown(SERVER + MINUTE, SERVER, 0);
    expect(clock.remaining(5 * MINUTE)).toBe(0);
  });

  it("takes in a later reading of the server's clock without a jump", () => {
    const clock = new Countdown(SERVER + 20 * MINUTE, SERVER, 0);
    clock.sync(SERVER + 3_000, 0);
    expect(clock.remaining(0)).toBe(20 * MINUTE);
    expect(clock.remaining(1_000)).toBe(20 * MINUTE - 1_100);
    expect(clock.remaining(60_000)).toBe(19 * MINUTE - 3_000);
  });

  it("never runs backwards while it corrects a fast clock", () => {
    const clock = new Countdown(SERVER + 20 * MINUTE, SERVER, 0);
    clock.sync(SERVER - 5_000, 0);
    let before = clock.remaining(0);
    for (let now = 500; now < 2 * MINUTE; now += 500) {
      const left = clock.remaining(now);
      expect(left).toBeLessThan(before);
      before = left;
    }
    expect(before).toBe(20 * MINUTE - (2 * MINUTE - 500) + 5_000);
  });

  it("loses the time that the computer slept", () => {
    const clock = new Countdown(SERVER + 20 * MINUTE, SERVER, 0);
    clock.slept(2 * MINUTE);
    expect(clock.remaining(0)).toBe(18 * MINUTE);
  });

  it("takes over a deadline that the server moved, and says by how much", () => {
    const clock = new Countdown(SERVER + 20 * MINUTE, SERVER, 0);
    expect(clock.move(SERVER + 25 * MINUTE)).toBe(5 * MINUTE);
    expect(clock.remaining(0)).toBe(25 * MINUTE);
    expect(clock.move(SERVER + 25 * MINUTE)).toBe(0);
  });
});

describe("clockFace", () => {
  it.each([
    [0, "0:00"],
    [1, "0:01"],
    [700_000, "11:40"],
    [3_729_000, "1:02:09"],
  ])("writes %d ms as %s", (milliseconds, face) => {
    expect(clockFace(milliseconds)).toBe(face);
  });
});

describe("announcementFor", () => {
  it("speaks once when a mark is passed", () => {
    expect(announcementFor(300_400, 299_900)).toBe("5 minutes left");
    expect(announcementFor(299_900, 299_400)).toBeUndefined();
  });

  it("says only the last mark after a long sleep", () => {
    expect(announcementFor(700_000, 20_000)).toBe("30 seconds left");
  });

  it("says when time is up", () => {
    expect(announcementFor(400, 0)).toBe("Time is up");
    expect(announcementFor(0, 0)).toBeUndefined();
  });
});
