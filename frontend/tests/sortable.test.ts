import { describe, expect, it } from "vitest";
import { moved } from "../src/lib/sortable";

describe("moved", () => {
  it.each([
    [0, 2, "bca"],
    [2, 0, "cab"],
    [1, 9, "acb"],
    [1, -4, "bac"],
    [1, 1, "abc"],
  ])("moves item %d to %d", (from, to, result) => {
    expect(moved([..."abc"], from, to).join("")).toBe(result);
  });

  it("leaves the list alone when there is no such item", () => {
    expect(moved(["a", "b"], 7, 0)).toEqual(["a", "b"]);
  });
});
