import { expect, test } from "vitest";
import { Stopwatch } from "../src/lib/stopwatch";

test("only the time while it runs counts", () => {
  const watch = new Stopwatch(1_000, true);
  watch.set(false, 6_000);
  expect(watch.seconds(60_000)).toBe(5);
  watch.set(true, 60_000);
  expect(watch.seconds(62_500)).toBe(7);
});

test("a page that opens in the background has not begun", () => {
  const watch = new Stopwatch(0, false);
  expect(watch.seconds(10_000)).toBe(0);
});

test("being told the same twice changes nothing", () => {
  const watch = new Stopwatch(0, true);
  watch.set(true, 4_000);
  watch.set(false, 5_000);
  watch.set(false, 9_000);
  expect(watch.seconds(20_000)).toBe(5);
});
