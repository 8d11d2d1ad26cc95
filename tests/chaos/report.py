"""What the drills found, as one table."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

KEPT_AT = Path("var/chaos.md")


@dataclass(frozen=True, slots=True)
class Row:
    """`found` beside what is `asked` for; `held` when it is what was asked for."""

    drill: str
    what: str
    found: str
    asked: str
    held: bool


@dataclass(slots=True)
class Drill:
    """One drill's part of the table."""

    name: str
    rows: list[Row] = field(default_factory=list)

    def note(self, what: str, found: str, asked: str, *, held: bool) -> None:
        self.rows.append(Row(self.name, what, found, asked, held))


@dataclass(slots=True)
class Report:
    rows: list[Row] = field(default_factory=list)

    @contextmanager
    def drill(self, name: str) -> Iterator[Drill]:
        """What is noted in the block; it fails at its end, so that one look shows everything that did not hold."""
        drill = Drill(name)
        try:
            yield drill
        finally:
            self.rows += drill.rows
        failed = [f"{row.what}: {row.found}, asked for {row.asked}" for row in drill.rows if not row.held]
        assert not failed, "; ".join(failed)

    def print(self, console: Console) -> None:
        table = Table("drill", "what", "found", "asked for", "")
        for row in self.rows:
            table.add_row(row.drill, row.what, row.found, row.asked, "held" if row.held else "NOT HELD")
        console.print(table)

    def keep(self, root: Path) -> Path:
        """The same table as Markdown, for the README."""
        path = root / KEPT_AT
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = ["| drill | what | found | asked for |", "| --- | --- | --- | --- |"]
        lines += [f"| {row.drill} | {row.what} | {row.found} | {row.asked} |" for row in self.rows]
        path.write_text("\n".join(lines) + "\n")
        return path
