"""Why something failed, as text that the database takes."""

LONGEST = 2000
"""Characters; a stack or a whole answer of another system does not belong into a row."""


def reason_of(error: BaseException) -> str:
    """Kind and text of an error, without what no column of text can hold: NUL, and halves of surrogate pairs, which
    names of files bring along."""
    text = f"{type(error).__name__}: {error}"[:LONGEST]
    return text.replace("\0", "").encode("utf-8", "backslashreplace").decode()
