import { describe, expect, it } from "vitest";
import { handIn, isKept, keep, type CompletionShelf, type Kept } from "../src/lib/completions";

function shelf(): CompletionShelf {
  let kept: Kept[] = [];
  return { read: () => structuredClone(kept), write: (all) => void (kept = structuredClone(all)) };
}

describe("lessons completed without a network", () => {
  it("keeps each once, by learner and course", () => {
    const device = shelf();
    for (const lesson of ["l1", "l1", "l2"]) keep(device, "ann", "c1", lesson);
    keep(device, "ben", "c1", "l1");
    expect(device.read()).toEqual([
      { learner: "ann", course: "c1", lessons: ["l1", "l2"] },
      { learner: "ben", course: "c1", lessons: ["l1"] },
    ]);
  });

  it("hands in one learner's only, and forgets them once they are merged", async () => {
    const device = shelf();
    keep(device, "ann", "c1", "l1");
    keep(device, "ben", "c1", "l1");
    const sent: Kept[] = [];
    const outcome = await handIn(device, "ann", async (kept) => (sent.push(kept), { ok: true, status: 200 }));
    expect(outcome).toBe("merged");
    expect(sent).toEqual([{ learner: "ann", course: "c1", lessons: ["l1"] }]);
    expect(isKept(device, "ann", "c1", "l1")).toBe(false);
    expect(isKept(device, "ben", "c1", "l1")).toBe(true);
  });

  it.each([
    [0, "kept"],
    [503, "kept"],
    [403, "refused"],
  ])("keeps them when the answer is %i", async (status, expected) => {
    const device = shelf();
    keep(device, "ann", "c1", "l1");
    expect(await handIn(device, "ann", async () => ({ ok: false, status }))).toBe(expected);
    expect(isKept(device, "ann", "c1", "l1")).toBe(true);
  });

  it("keeps what was completed while another was on its way", async () => {
    const device = shelf();
    keep(device, "ann", "c1", "l1");
    await handIn(device, "ann", async () => {
      keep(device, "ann", "c1", "l2");
      return { ok: true, status: 200 };
    });
    expect(device.read()).toEqual([{ learner: "ann", course: "c1", lessons: ["l2"] }]);
  });
});
