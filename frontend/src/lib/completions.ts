/**
 * Lessons that were completed while there was no network. They stay on this device until the server has merged them
 * (`POST /api/sync`; the same lesson twice changes nothing). Each belongs to the learner who completed it: on a shared
 * device nobody hands in another's.
 */
import { sendJson } from "./http";

export interface Kept {
  learner: string;
  course: string;
  lessons: string[];
}

export interface CompletionShelf {
  read(): Kept[];
  write(kept: Kept[]): void;
}

export type Merge = (kept: Kept) => Promise<{ ok: boolean; status: number }>;

const KEY = "scholr:completed";

export const deviceShelf: CompletionShelf = {
  read: () => JSON.parse(localStorage.getItem(KEY) ?? "[]") as Kept[],
  write: (kept) => {
    if (kept.length) localStorage.setItem(KEY, JSON.stringify(kept));
    else localStorage.removeItem(KEY);
  },
};

export const merge: Merge = ({ learner, course, lessons }) =>
  sendJson("/api/sync", "POST", { learner_id: learner, course_id: course, completed_lessons: lessons });

const same = (a: Kept, learner: string, course: string) => a.learner === learner && a.course === course;

export function keep(shelf: CompletionShelf, learner: string, course: string, lesson: string): void {
  const all = shelf.read();
  const known = all.find((each) => same(each, learner, course));
  if (!known) all.push({ learner, course, lessons: [lesson] });
  else if (!known.lessons.includes(lesson)) known.lessons.push(lesson);
  shelf.write(all);
}

export function isKept(shelf: CompletionShelf, learner: string, course: string, lesson: string): boolean {
  return shelf.read().some((each) => same(each, learner, course) && each.lessons.includes(lesson));
}

/** Hands in what this learner completed; resolves with what the server has merged now, or "refused" for good. */
export async function handIn(shelf: CompletionShelf, learner: string, send: Merge): Promise<"merged" | "kept" | "refused"> {
  let outcome: "merged" | "kept" | "refused" = "merged";
  for (const kept of shelf.read().filter((each) => each.learner === learner)) {
    const answer = await send(kept);
    if (!answer.ok) {
      outcome = answer.status >= 400 && answer.status < 500 ? "refused" : "kept";
      continue;
    }
    // What was completed while this was on its way stays.
    const left = shelf
      .read()
      .map((each) =>
        same(each, kept.learner, kept.course)
          ? { ...each, lessons: each.lessons.filter((lesson) => !kept.lessons.includes(lesson)) }
          : each,
      )
      .filter((each) => each.lessons.length);
    shelf.write(left);
  }
  return outcome;
}
