"""The records of processing (GDPR Art. 30), written from what every table declares of its columns."""

from collections.abc import Iterator

from sqlalchemy import Table

from scholr.contexts.compliance import facade as compliance
from scholr.migrations.metadata import METADATA
from scholr.platform.db.personal import About, about, undeclared

_HEAD = """# What is held of people

Written by `scholr privacy records` from the declarations in each `tables.py` (`platform/db/personal.py`); a test
compares, and a column that nobody has declared fails the build. This is the organisation's record of processing
(GDPR Art. 30) as far as the program can know it: purposes and recipients of its own it adds itself.

*Whose* is the column that leads to the person. *At erasure* is what becomes of the personal columns; how that is done
and proven is in [privacy.md](privacy.md). *Kept* names a period of the last table, or says how long.
"""


def missing() -> list[str]:
    """Columns of which nobody has said whether they are personal, as `table.column`."""
    return [f"{table.name}.{column}" for table in _tables() for column in undeclared(table)]


def as_markdown() -> str:
    return "\n".join([_HEAD, *_personal(), *_withheld(), *_nobodys(), *_periods()]) + "\n"


def _tables() -> list[Table]:
    return sorted(METADATA.tables.values(), key=lambda table: table.name)


def _declared() -> Iterator[tuple[str, About]]:
    for table in _tables():
        found = about(table)
        if found is not None:
            yield table.name, found


def _personal() -> Iterator[str]:
    yield "## Tables that hold personal data\n"
    yield "| table | what for | whose | columns | kept | at erasure |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, said in _declared():
        if said.whose is None and not said.personal:
            continue
        yield f"| `{name}` | {said.why} | {_whose(said)} | {_columns(said)} | {said.retention} | {said.erasure} |"


def _whose(said: About) -> str:
    if said.whose is None:
        return "nobody's; the columns name who acted" if said.personal else "nobody's"
    through = f" through `{said.whose.through}`" if said.whose.through else ""
    return f"`{said.whose.column}` ({said.whose.holder}){through}"


def _columns(said: About) -> str:
    kinds: dict[str, list[str]] = {}
    for column, kind in said.personal.items():
        kinds.setdefault(str(kind), []).append(f"`{column}`")
    return "; ".join(f"{kind}: {', '.join(columns)}" for kind, columns in kinds.items()) or "the row itself"


def _withheld() -> Iterator[str]:
    yield "\n## What an export leaves out\n"
    yield "| column | because |"
    yield "| --- | --- |"
    for name, said in _declared():
        for column, reason in said.withheld.items():
            yield f"| `{name}.{column}` | {reason} |"


def _nobodys() -> Iterator[str]:
    yield "\n## Tables that say nothing of anybody\n"
    for name, said in _declared():
        if said.whose is None and not said.personal:
            yield f"- `{name}`: {said.why[:1].lower()}{said.why[1:]}"


def _periods() -> Iterator[str]:
    yield "\n## How long\n"
    yield "| kept | what | days | an organisation may say |"
    yield "| --- | --- | --- | --- |"
    for period in compliance.PERIODS:
        bounds = f"{period.least} to {period.most}" if period.most > period.least else "nothing else"
        yield f"| {period.kind} | {period.title} | {period.days or 'for ever'} | {bounds} |"
