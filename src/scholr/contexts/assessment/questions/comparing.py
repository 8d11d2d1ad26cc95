"""Reading what people write so that it can be compared: texts and numbers."""

import re
import unicodedata
from decimal import Decimal

MAX_NUMBER_CHARS = 64
MAX_NUMBER_DIGITS = 40
MAX_NUMBER_EXPONENT = 400

_PUNCTUATION_TWINS = str.maketrans(
    {"‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-"}
)


def normalise_text(text: str, *, ignore_punctuation: bool = False) -> str:
    """Fold a text to what short answers are compared by.

    NFKC, full case folding, NFKC again (folding can undo it), white space collapsed. Typographic
    quotes and dashes, which phones insert by themselves, count as their plain twins, and invisible
    format characters do not count. Unicode promises that none of this changes for characters that
    are assigned, so a grade does not depend on the Python version.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    folded = folded.translate(_PUNCTUATION_TWINS)
    dropped = ("Cf", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po") if ignore_punctuation else ("Cf",)
    kept = (char for char in folded if unicodedata.category(char) not in dropped)
    return " ".join("".join(kept).split())


_PLAIN_NUMBER = re.compile(r"([+-]?)(?:(\d+)(?:[.,](\d*))?|[.,](\d+))(?:[eE]([+-]?\d{1,3}))?")
_GROUPED_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:([ '.,])\d{3})(?:\3\d{3})*)(?:([.,])(\d+))?")
_NUMBER_TWINS = str.maketrans({"−": "-", "–": "-", "’": "'", "٫": ".", "٬": "'"})


def parse_number(text: str) -> Decimal | None:
    """Read a number as people write it; None when it is not one (nan and infinity are not).

    A point or a comma alone is the decimal mark, so `1,234` is a little more than one: a factor of
    a thousand is a common real mistake, and guessing would forgive it. Thousands may be grouped by
    spaces or apostrophes, or by points or commas where that is plain: repeated, or followed by the
    other mark. Digits of every script count.
    """
    if len(text) > MAX_NUMBER_CHARS:
        return None
    shown = unicodedata.normalize("NFKC", text).strip().translate(_NUMBER_TWINS)
    digits = "".join(str(unicodedata.decimal(char, char)) for char in shown if unicodedata.category(char) != "Cf")
    if plain := _PLAIN_NUMBER.fullmatch(digits):
        sign, whole, part, only_part, exponent = plain.groups()
        return _bounded(f"{sign}{whole or '0'}{_after_mark(part or only_part)}e{exponent or '0'}")
    if grouped := _GROUPED_NUMBER.fullmatch(digits):
        sign, whole, separator, mark, part = grouped.groups()
        if mark != separator:
            return _bounded(f"{sign}{whole.replace(separator, '')}{_after_mark(part)}")
    return None


def _after_mark(part: str | None) -> str:
    return f".{part}" if part else ""


def _bounded(text: str) -> Decimal | None:
    """A number small enough that exact arithmetic with it stays cheap; None when it is not."""
    number = Decimal(text)
    digits, exponent = number.as_tuple().digits, number.as_tuple().exponent
    if len(digits) > MAX_NUMBER_DIGITS or abs(int(exponent)) > MAX_NUMBER_EXPONENT:
        return None
    return number
