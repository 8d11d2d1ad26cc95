"""What learners will see change, in sentences."""

from dataclasses import dataclass

from scholr.contexts.catalog import facade as catalog

NAMED = 4

_DETAILS = {
    "title": "The course has a new title",
    "summary": "The summary is rewritten",
    "subject": "The subject is another",
    "language": "The language is another",
    "outcomes": "“You will be able to” is rewritten",
    "cover": "There is a new cover",
}


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One sentence of the publish bar, with its icon."""

    icon: str
    text: str


def change_lines(pending: catalog.PendingChanges) -> list[ChangeLine]:
    """At most a dozen lines; long lists of titles are cut and counted."""
    found = pending.outline
    lines = [
        *_named("plus", "new lesson", "new lessons", found.added),
        *_named("pencil-line", "lesson rewritten", "lessons rewritten", found.edited),
        *_named("minus", "lesson taken out", "lessons taken out", found.removed),
        *(() if pending.first else _named("heading", "section changed", "sections changed", found.sections)),
        *(ChangeLine("type", _DETAILS[name]) for name in pending.details),
    ]
    if found.rearranged:
        lines.append(ChangeLine("move-vertical", "Lessons stand in a new order"))
    before, after = catalog.minutes_of(found.seconds_before), catalog.minutes_of(found.seconds_after)
    if before != after and not pending.first:
        lines.append(ChangeLine("timer", f"The course goes from {before} to {after} minutes"))
    return lines


def _named(icon: str, one: str, many: str, titles: tuple[str, ...]) -> list[ChangeLine]:
    if not titles:
        return []
    shown = ", ".join(f"“{title}”" for title in titles[:NAMED])
    rest = f" and {len(titles) - NAMED} more" if len(titles) > NAMED else ""
    count = f"One {one}" if len(titles) == 1 else f"{len(titles)} {many}"
    return [ChangeLine(icon, f"{count}: {shown}{rest}")]
