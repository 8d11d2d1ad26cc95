"""What each column says of people: declared once for each table, beside it, in its context's `tables.py`.

`describe` hangs the declaration on the table itself. From it come the build's refusal of an undeclared column, the
records of processing (docs/operations/personal-data.md) and the export of everything about a person, so that the
three cannot say different things.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Float, Integer, SmallInteger, Table

from scholr.platform.db.tables import Base

_KEY = "personal"


class Kind(StrEnum):
    """What sort of personal data a column holds."""

    IDENTITY = "identity"
    CONTACT = "contact"
    WORDS = "free text"
    BEHAVIOUR = "behaviour"
    ASSESSMENT = "assessment"
    TECHNICAL = "technical"
    SECRET = "secret"
    TRACE = "who did it"


class Erasure(StrEnum):
    """What becomes of a table's personal columns when the person is erased."""

    DELETED = "deleted"
    BLANKED = "emptied"
    SEALED = "words are emptied, and their copies unreadable; figures stay"
    UNREADABLE = "unreadable: the person's key is destroyed"
    PSEUDONYMOUS = "stays as a figure of nobody"
    KEPT = "stays: a record of the deployment's own"
    EXPIRES = "ends by itself, within its retention"


class Holder(StrEnum):
    """What the column in `Whose` names the person by."""

    MEMBERSHIP = "membership"
    PERSON = "person"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Whose:
    """The column that says whose row it is; with `through` it is the id of a row of that table, which says it."""

    column: str
    holder: Holder = Holder.MEMBERSHIP
    through: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a table says of people.

    `whose` None: its rows are nobody's, and `why` says what they are; a `Kind.TRACE` column may still name who made
    one. `things` are the columns that say something of things only. `retention` is a kind of
    docs/operations/personal-data.md, or a sentence. `withheld` maps columns that an export leaves out to the reason.
    """

    why: str
    whose: Whose | None = None
    personal: Mapping[str, Kind] = field(default_factory=dict)
    things: Sequence[str] = ()
    retention: str = "as long as the membership"
    erasure: Erasure = Erasure.PSEUDONYMOUS
    withheld: Mapping[str, str] = field(default_factory=dict)


# Every table has these, and they say whose organisation it is, which row, and when it was written.
_OF_EVERY_ROW = frozenset({"tenant_id", "id", "created_at", "updated_at"})
# In a row that is nobody's these can only be figures and moments of a thing.
_FIGURES = (Integer, BigInteger, SmallInteger, Float, Boolean, DateTime)


def describe(table: str, about: About) -> None:
    """Declare what `table` says of people. Raises ValueError for a column that it does not have."""
    found = Base.metadata.tables[table]
    named = {*about.personal, *about.things, *about.withheld}
    if about.whose is not None:
        named.add(about.whose.column)
    if unknown := named - {column.name for column in found.columns}:
        raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
    found.info[_KEY] = about


def about(table: Table) -> About | None:
    """None for a table that nobody has described."""
    found = table.info.get(_KEY)
    return found if isinstance(found, About) else None


def undeclared(table: Table) -> list[str]:
    """The columns of which nobody has said whether they are personal; all of them where the table is not described."""
    found = about(table)
    if found is None:
        return [column.name for column in table.columns]
    known = {*found.personal, *found.things, *_OF_EVERY_ROW}
    if found.whose is not None:
        known.add(found.whose.column)
    return [column.name for column in table.columns if column.name not in known and not _is_figure(found, column)]


def _is_figure(found: About, column: Column[object]) -> bool:
    return found.whose is None and isinstance(column.type, _FIGURES)


def of(kind: Kind, *columns: str) -> dict[str, Kind]:
    return dict.fromkeys(columns, kind)


def nobodys(why: str, *things: str, traces: Sequence[str] = ()) -> About:
    """A table whose rows are about things; `traces` name the members who made or changed one."""
    return About(why, personal=of(Kind.TRACE, *traces), things=things)
