"""`make bench`: ratios of the hot paths to their floors, measured in alternation; ends by itself."""

import sys
import time

from rich.console import Console
from rich.table import Table

from benchmarks.demo import demo_memory_mb
from benchmarks.deployment import deployed
from benchmarks.exam import START_SECONDS, Exam, sit_exam
from benchmarks.hot_paths import Figure, measure
from benchmarks.school import furnish
from benchmarks.session import learner_session

ROUNDS = 3
SECONDS = 4.0
LEARNERS = 30_000
SAVES_A_SECOND = 500
SAVE_P99_MS = 50.0
LESSON_CPU_MS = 5.0
DEMO_MB = 400.0


def main() -> int:
    console = Console(width=130)
    with deployed() as deployment:
        console.print("Furnishing a school …")
        began = time.monotonic()
        school = furnish(deployment, learners=LEARNERS)
        session = learner_session(deployment, school)
        console.print(f"… {LEARNERS} people and 40 courses in {time.monotonic() - began:.0f} s")
        figures = measure(deployment, school, session, rounds=ROUNDS, seconds=SECONDS)
        exam = sit_exam(deployment, school, seconds=SECONDS)
    memory = demo_memory_mb()
    console.print(_table(figures))
    console.print(_exam_table(exam))
    console.print(_memory_line(memory))
    return _verdict(console, figures, exam, memory)


def _table(figures: list[Figure]) -> Table:
    table = Table(
        "path",
        "a second",
        "floor",
        "compared with",
        "ratio",
        "asked for",
        "p50 ms",
        "p99 ms",
        "web CPU ms",
        "database CPU ms",
        "answers",
    )
    for each in figures:
        table.add_row(
            each.name,
            f"{each.outcome.rate:.0f}",
            f"{sum(each.floor_rates) / len(each.floor_rates):.0f}",
            each.floor,
            f"{each.ratio:.2f}",
            f"≥ {each.target:.2f}" if each.target else "",
            f"{each.outcome.percentile(0.50):.1f}",
            f"{each.outcome.percentile(0.99):.1f}",
            f"{each.cpu_ms:.2f}",
            f"{each.database_cpu_ms:.2f}",
            _statuses(each.outcome.statuses),
        )
    return table


def _exam_table(exam: Exam) -> Table:
    table = Table("exam", "count", "seconds", "a second", "p50 ms", "p99 ms", "answers")
    for name, outcome in (("start together", exam.start), ("autosave", exam.saving)):
        table.add_row(
            name,
            str(outcome.count),
            f"{outcome.seconds:.1f}",
            f"{outcome.rate:.0f}",
            f"{outcome.percentile(0.50):.1f}",
            f"{outcome.percentile(0.99):.1f}",
            _statuses(outcome.statuses),
        )
    return table


def _statuses(counts: dict[int, int]) -> str:
    return " ".join(f"{status}×{count}" for status, count in sorted(counts.items()))


def _memory_line(memory: dict[str, float]) -> str:
    parts = ", ".join(f"{name} {size:.0f}" for name, size in memory.items())
    return f"Memory of the whole demo: {sum(memory.values()):.0f} MB ({parts}); asked for: < {DEMO_MB:.0f}"


def _verdict(console: Console, figures: list[Figure], exam: Exam, memory: dict[str, float]) -> int:
    """0 when everything that is asked for was reached."""
    missed = [f"{f.name}: {f.ratio:.2f} < {f.target:.2f}" for f in figures if f.target and f.ratio < f.target]
    missed += [
        f"{f.name}: {f.cpu_ms:.2f} ms of CPU" for f in figures if f.name == "lesson page" and f.cpu_ms > LESSON_CPU_MS
    ]
    missed += [f"{f.name}: {_statuses(f.outcome.statuses)}" for f in figures if set(f.outcome.statuses) - {200, 201}]
    if exam.start.seconds > START_SECONDS or set(exam.start.statuses) - {200, 201}:
        missed.append(f"exam start: {exam.start.seconds:.1f} s, {_statuses(exam.start.statuses)}")
    if exam.saving.rate < SAVES_A_SECOND or exam.saving.percentile(0.99) > SAVE_P99_MS:
        missed.append(f"autosave: {exam.saving.rate:.0f}/s, p99 {exam.saving.percentile(0.99):.0f} ms")
    if sum(memory.values()) >= DEMO_MB:
        missed.append(f"memory of the demo: {sum(memory.values()):.0f} MB")
    for line in missed:
        console.print(f"missed: {line}", style="red")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
