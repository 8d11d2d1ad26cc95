"""What text may be kept: bounded, and free of what PostgreSQL cannot store or people cannot see."""

import unicodedata

_LINE_BREAKS = "\n\r\t"


def text_problem(raw: object, *, most: int, least: int = 1, multiline: bool = False) -> str | None:
    """Say what is wrong with a text, as a phrase for the field; None when it may be kept.

    `least` and `most` count characters without the surrounding white space. Control characters are
    refused (a NUL cannot be stored by PostgreSQL in any form), and so are lone surrogates, which
    JSON can carry and UTF-8 cannot. `multiline` allows tabs and line breaks.
    """
    if not isinstance(raw, str):
        return "must be text"
    size = len(raw.strip())
    if size < least:
        return "must not be empty" if least == 1 else f"must have at least {least} characters"
    if size > most or len(raw) > most + 1000:
        return f"must have at most {most} characters"
    if any(_unstorable(char, multiline) for char in raw):
        return "holds a character that cannot be kept"
    return None


def whole_number(text: str, *, digits: int) -> int | None:
    """A number written with at most so many of the digits 0 to 9; None for everything else, signs and spaces too.

    What `str.isdigit` takes, `int` may refuse (²), and what `int` takes, a column may not hold.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _unstorable(char: str, multiline: bool) -> bool:
    if char.isprintable() or (multiline and char in _LINE_BREAKS):
        return False
    return unicodedata.category(char) in ("Cc", "Cs")
