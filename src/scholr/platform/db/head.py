"""Which schema this version of the program needs, without the library that migrates: web processes only compare."""

from importlib.resources import files

_DIGITS = 4


def head_revision() -> str:
    """The newest migration that this version of the program carries; a file is named after its revision."""
    names = (each.name for each in files("scholr.migrations.versions").iterdir() if each.name.endswith(".py"))
    return max(name[:_DIGITS] for name in names if name[:_DIGITS].isdigit())
