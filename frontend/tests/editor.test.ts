import { describe, expect, it } from "vitest";
import { blank, complete, matchingKinds, missing, rowsOf, type Block } from "../src/editor/model";
import { Saver, type Draft, type Reply, type SaverState } from "../src/editor/saver";

describe("blocks", () => {
  it("are found by the beginning of their name before the words that mean them", () => {
    expect(matchingKinds("ta")[0]?.type).toBe("table");
    expect(matchingKinds("youtube").map((kind) => kind.type)).toEqual(["video"]);
    expect(matchingKinds("zzz")).toEqual([]);
  });

  it("say what they still need", () => {
    const picture: Block = { ...blank("image", "1"), source: "asset:x" };
    expect(missing(picture)?.[0]).toBe("alt");
    expect(missing({ ...picture, decorative: true })).toBeUndefined();
    expect(missing(blank("rich_text", "1"))).toBeUndefined();
    expect(missing(blank("checklist", "1"))?.[0]).toBe("items");
  });

  it("are held back while incomplete: as they were saved, or not at all", () => {
    const text: Block = { id: "a", type: "rich_text", html: "<p>x</p>" };
    const before: Block = { id: "b", type: "heading", text: "Old", level: 2 };
    const emptied: Block = { ...before, text: " " };
    const fresh = blank("image", "c");
    const { send, held } = complete([text, emptied, fresh], new Map([["b", before]]));
    expect(send).toEqual([text, before]);
    expect(held).toEqual([emptied, fresh]);
  });

  it("take rows as a spreadsheet copies them", () => {
    expect(rowsOf("Age\tRate\r\n40\r\n")).toEqual([["Age", "Rate"], ["40", ""]]);
  });
});

class Bench {
  replies: Reply[] = [];
  sent: [string, number][] = [];
  states: SaverState[] = [];
  kept: Draft | undefined;
  text = "";
  private tasks: (() => void)[] = [];

  readonly saver = new Saver(
    {
      compose: () => ({ title: this.text, blocks: [] }),
      send: async (draft, version) => {
        this.sent.push([draft.title, version]);
        return this.replies.shift() ?? { ok: true, status: 200, version: version + 1 };
      },
      keep: (draft) => (this.kept = draft),
      forget: () => (this.kept = undefined),
      later: (task) => void this.tasks.push(task),
      tell: (state) => void this.states.push(state),
      random: () => 0,
    },
    1,
  );

  type(text: string): void {
    this.text = text;
    this.saver.touch();
  }

  /** Lets the time pass that everything waits for. */
  async pass(): Promise<void> {
    const due = this.tasks.splice(0);
    for (const task of due) task();
    await new Promise((done) => setTimeout(done, 0));
  }
}

describe("saving", () => {
  it("says saved only after the server did, and forgets its own copy then", async () => {
    const bench = new Bench();
    bench.type("a");
    bench.type("ab");
    expect(bench.kept?.title).toBe("ab");
    await bench.pass();
    expect(bench.sent).toEqual([["ab", 1]]);
    expect(bench.states.at(-1)).toBe("saved");
    expect(bench.kept).toBeUndefined();
    expect(bench.saver.version).toBe(2);
  });

  it("keeps what the network lost, and sends it again", async () => {
    const bench = new Bench();
    bench.replies = [{ ok: false, status: 0 }, { ok: false, status: 503 }];
    bench.type("a");
    await bench.pass();
    expect(bench.states.at(-1)).toBe("offline");
    expect(bench.kept?.title).toBe("a");
    expect(bench.saver.unsaved).toBe(true);
    await bench.pass();
    await bench.pass();
    expect(bench.states.at(-1)).toBe("saved");
    expect(bench.sent).toHaveLength(3);
  });

  it("stops at somebody else's newer state until the person decides", async () => {
    const bench = new Bench();
    bench.replies = [{ ok: false, status: 409, version: 7 }];
    bench.type("a");
    await bench.pass();
    expect(bench.states.at(-1)).toBe("conflict");
    bench.type("ab");
    await bench.pass();
    expect(bench.sent).toHaveLength(1);
    await bench.saver.resume(7);
    expect(bench.sent.at(-1)).toEqual(["ab", 7]);
    expect(bench.states.at(-1)).toBe("saved");
  });

  it("tries a refused text again when it was changed", async () => {
    const bench = new Bench();
    bench.replies = [{ ok: false, status: 422, fields: { "blocks.0.html": "is not right" } }];
    bench.type("a");
    await bench.pass();
    expect(bench.states.at(-1)).toBe("refused");
    expect(bench.saver.unsaved).toBe(true);
    bench.type("b");
    await bench.pass();
    expect(bench.states.at(-1)).toBe("saved");
  });
});
