"""Cursors of lists that are ordered by name."""

import base64
from uuid import UUID

import msgspec

from scholr.kernel.errors import Invalid
from scholr.kernel.text import text_problem


def cursor_after(name: str, row_id: UUID) -> str:
    """Where a list in the order of names goes on, in URL-safe text.

    The name as it is: PostgreSQL makes it lower case, as it did for the order. Python's way differs for İ and Σ.
    """
    packed = msgspec.json.encode([name, str(row_id)])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def position_of(cursor: str | None) -> tuple[str | None, UUID | None]:
    """The name and id after which to go on; raises Invalid for what is not a cursor of ours."""
    if not cursor:
        return None, None
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        name, row_id = msgspec.json.decode(packed, type=tuple[str, UUID])
    except (ValueError, msgspec.DecodeError) as error:
        raise Invalid("This cursor is not one of ours.", fields={"cursor": "unknown"}) from error
    if text_problem(name, most=200):
        raise Invalid("This cursor is not one of ours.", fields={"cursor": "unknown"})
    return name, row_id
