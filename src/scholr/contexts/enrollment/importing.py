"""Reading a list of people from a CSV file: the file as a whole, then row by row.

A row is either read or explained; one bad row never costs the others. Rows are numbered as a
spreadsheet numbers them: the head is row 1, and a cell with line breaks is still one row.
"""

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scholr.contexts.enrollment.errors import RosterUnreadable
from scholr.kernel.actor import Role
from scholr.kernel.text import text_problem

MAX_ROWS = 200_000
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_CELL_CHARS = 200
MAX_EMAIL_CHARS = 254
DELIMITERS = (",", ";", "\t")
IMPORTABLE_ROLES = frozenset(Role) - {Role.OWNER}

# Deliberately loose, as in identity: the only proof of an address is a mail to it.
_EMAIL = re.compile(r"[^@\s<>\"',;:\\]{1,64}@[^@\s<>\"',;:\\]{1,251}\.[^@\s.<>\"',;:\\]{2,63}")
_HEADS: Mapping[str, str] = {
    "email": "email",
    "emailaddress": "email",
    "mail": "email",
    "name": "name",
    "fullname": "name",
    "displayname": "name",
    "firstname": "given_name",
    "givenname": "given_name",
    "vorname": "given_name",
    "lastname": "family_name",
    "surname": "family_name",
    "familyname": "family_name",
    "nachname": "family_name",
    "role": "role",
    "cohort": "cohort",
    "group": "cohort",
    "kohorte": "cohort",
    "gruppe": "cohort",
    "course": "course",
    "kurs": "course",
}


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A person to be added or enrolled. `role` is learner, `cohort` and `course` empty where the file says nothing."""

    row: int
    email: str
    name: str
    role: Role
    cohort: str
    course: str


@dataclass(frozen=True, slots=True)
class CellProblem:
    """`code` is stable; `message` is for people; `value` is what the file holds, shortened."""

    column: str
    code: str
    message: str
    value: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """`values` is what the row says, by column, shortened: enough to show and to mend it."""

    row: int
    problems: tuple[CellProblem, ...]
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Roster:
    """A file that can be read. `columns[i]` names the meaning of cell i, None where it is ignored."""

    text: str
    delimiter: str
    columns: tuple[str | None, ...]
    ignored: tuple[str, ...]


def open_roster(data: bytes) -> Roster:
    """Recognise encoding (UTF-8, UTF-16 with a mark, else Windows-1252), delimiter and columns.

    Raises RosterUnreadable when the file is too big or empty, or has no column for the e-mail.
    """
    if len(data) > MAX_FILE_BYTES:
        raise RosterUnreadable(fields={"file": f"must be at most {MAX_FILE_BYTES // 1024 // 1024} MB"})
    text = _decode(data)
    delimiter = _delimiter(text)
    head = next(_records(text, delimiter), [])
    columns = tuple(_HEADS.get(_head_key(cell)) for cell in head)
    named = [column for column in columns if column]
    if "email" not in named:
        raise RosterUnreadable(fields={"file": "must have a first row that names a column for the e-mail address"})
    if len(set(named)) != len(named):
        raise RosterUnreadable(fields={"file": "must not have two columns for the same thing"})
    ignored = tuple(cell.strip() for cell, column in zip(head, columns, strict=True) if not column and cell.strip())
    return Roster(text, delimiter, columns, ignored)


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """The delimiter that occurs most often in the head, outside quotes; Excel's `sep=` line is honoured."""
    head = re.sub(r'"[^"]*"', "", text.lstrip().split("\n", 1)[0])
    if declared := re.fullmatch(r"sep=([,;\t])\s*", head):
        return declared[1]
    return max(DELIMITERS, key=head.count)


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """All records from the head on. Raises RosterUnreadable for a head that is no CSV."""
    body = re.sub(r"\A\s*sep=[,;\t]\r?\n", "", text)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        yield from reader
    except csv.Error as problem:
        raise RosterUnreadable(fields={"file": f"cannot be read near line {reader.line_num}: {problem}"}) from problem


def _head_key(cell: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", cell).casefold())


def read_rows(roster: Roster) -> Iterator[ImportRow | RejectedRow]:
    """Read every row that is not empty, in order; the same file always gives the same rows.

    Where the quoting breaks, or the file is too long, the last item says so and the rest is not read.
    """
    seen: dict[str, int] = {}
    records = _records(roster.text, roster.delimiter)
    next(records, None)
    number = 1
    try:
        for number, cells in enumerate(records, 2):
            if number > MAX_ROWS + 1:
                yield _rejected(number, "file", "too_many_rows", f"Only {MAX_ROWS} rows are read at once.", "")
                return
            if any(cell.strip() for cell in cells):
                yield _read_row(roster, number, cells, seen)
    except RosterUnreadable as problem:
        yield _rejected(number + 1, "file", "unreadable", problem.fields["file"], "")


def _rejected(row: int, column: str, code: str, message: str, value: str) -> RejectedRow:
    return RejectedRow(row, (CellProblem(column, code, message, value),))


def _read_row(roster: Roster, row: int, cells: Sequence[str], seen: dict[str, int]) -> ImportRow | RejectedRow:
    if len(cells) > len(roster.columns):
        message = f"The row has {len(cells)} cells, the first row has {len(roster.columns)}."
        return _rejected(row, "row", "too_many_cells", message, "")
    values = {column: cell for column, cell in zip(roster.columns, cells, strict=False) if column}
    return read_values(row, values, seen)


def read_values(row: int, values: Mapping[str, str], seen: dict[str, int]) -> ImportRow | RejectedRow:
    """Read one row from its cells by column; `seen` maps each address to the row that has it, and is added to."""
    email = normalise_email(values.get("email", ""))
    name = " ".join((values.get("name") or _joined_name(values)).split())
    role_text = values.get("role", "").strip().casefold() or Role.LEARNER.value
    cohort, course = (" ".join(values.get(column, "").split()) for column in ("cohort", "course"))
    problems = [
        *_email_problems(values.get("email", ""), email, seen),
        *_text_problems("name", name, least=1),
        *_text_problems("cohort", cohort, least=0),
        *_text_problems("course", course, least=0),
        *_role_problems(role_text),
    ]
    if email:
        seen.setdefault(email, row)
    if problems or email is None:
        said = {"email": values.get("email", ""), "name": name, "role": role_text, "cohort": cohort, "course": course}
        return RejectedRow(row, tuple(problems), {column: _shortened(text, 200) for column, text in said.items()})
    return ImportRow(row, email, name, Role(role_text), cohort, course)


def _joined_name(values: Mapping[str, str]) -> str:
    return f"{values.get('given_name', '')} {values.get('family_name', '')}"


def normalise_email(text: str) -> str | None:
    """The address as it is compared: lower case, without `mailto:`, brackets and invisible characters.

    None when it cannot be an address.
    """
    shown = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    bare = re.sub(r"\A(?:.*<)?\s*(?:mailto:)?([^<>]*?)>?\Z", r"\1", shown.strip(), flags=re.IGNORECASE).strip().lower()
    storable = text_problem(bare, most=MAX_EMAIL_CHARS) is None
    return bare if storable and _EMAIL.fullmatch(bare) else None


def _email_problems(raw: str, email: str | None, seen: Mapping[str, int]) -> Iterator[CellProblem]:
    if not raw.strip():
        yield CellProblem("email", "email_missing", "An e-mail address is needed.", "")
    elif email is None:
        domain = raw.rpartition("@")[2]
        ending = "@" in raw and "." not in domain
        message = "The address has no ending, such as .example." if ending else "This is not an e-mail address."
        yield CellProblem("email", "email_invalid", message, _shortened(raw))
    elif email in seen:
        yield CellProblem("email", "email_repeated", f"Same address as row {seen[email]}.", email)


def _text_problems(column: str, text: str, *, least: int) -> Iterator[CellProblem]:
    if problem := text_problem(text, most=MAX_CELL_CHARS, least=least):
        missing = least > 0 and not text
        message = f"A {column} is needed." if missing else f"The {column} {problem}."
        yield CellProblem(column, f"{column}_missing" if missing else f"{column}_invalid", message, _shortened(text))


def _role_problems(text: str) -> Iterator[CellProblem]:
    if text not in IMPORTABLE_ROLES:
        choices = ", ".join(sorted(IMPORTABLE_ROLES))
        yield CellProblem("role", "role_unknown", f"The role must be one of {choices}.", _shortened(text))


def _shortened(text: str, most: int = 80) -> str:
    """What may be shown and stored of a hostile cell."""
    kept = "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs"))
    return kept if len(kept) <= most else f"{kept[: most - 1]}…"


def suggest(problem: CellProblem, *, domains: Mapping[str, int], cohorts: Sequence[str]) -> str | None:
    """A value that would mend the cell, or None. `domains` counts the addresses of the file by their domain."""
    match problem.code:
        case "email_invalid":
            return _with_ending(problem.value, domains)
        case "role_unknown":
            return _closest(problem.value, sorted(IMPORTABLE_ROLES))
        case "cohort_unknown":
            return _closest(problem.value, cohorts)
        case _:
            return None


def _with_ending(email: str, domains: Mapping[str, int]) -> str | None:
    """The address with the ending that most others of its domain have."""
    local, at, domain = email.strip().lower().rpartition("@")
    known = [each for each in domains if domain and each.startswith(f"{domain}.")]
    mended = f"{local}{at}{max(known, key=lambda each: domains[each])}" if known else ""
    return normalise_email(mended)


def _closest(text: str, choices: Sequence[str]) -> str | None:
    by_folded = {choice.casefold(): choice for choice in choices}
    found = difflib.get_close_matches(text.casefold(), list(by_folded), n=1, cutoff=0.7)
    return by_folded[found[0]] if found else None


def spreadsheet_safe(value: str) -> str:
    """A cell for a CSV that people open: what a spreadsheet would run as a formula is made text.

    (OWASP, "CSV Injection".)
    """
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
