"""What the command line says of a command that was refused: one sentence on standard error."""

from pydantic import ValidationError
from rich.console import Console

from scholr.entrypoints.preflight import explain_settings
from scholr.entrypoints.reach import Unreachable
from scholr.kernel.errors import DomainError
from scholr.platform.db.errors import sqlstate_of
from scholr.platform.db.migrate import ServerTooOld

_LOGIN_REFUSED = ("28", "3D000")
"""SQLSTATE: invalid authorization, and a database that is not there."""

err = Console(stderr=True, highlight=False)


def told(error: Exception) -> bool:
    """Whether the error is a refusal, which has been told by now; anything else is a bug and stays untold."""
    sentence = _sentence(error)
    if sentence is not None:
        err.print(f"scholr: {sentence}", style="red")
    return sentence is not None


def _sentence(error: Exception) -> str | None:
    if isinstance(error, ValidationError):
        return explain_settings(error)
    if isinstance(error, DomainError):
        details = "; ".join(f"{name}: {problem}" for name, problem in error.fields.items())
        return f"{error.message} {details}".strip()
    if isinstance(error, Unreachable | ServerTooOld):
        return str(error)
    if sqlstate_of(error).startswith(_LOGIN_REFUSED):
        return f"The database does not let this login in: {getattr(error, 'orig', None) or error}"
    return None
