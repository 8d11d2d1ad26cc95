"""Whether a member may not be erased, whatever they ask."""

from uuid import UUID

from scholr.platform.db.unit import ReadUnit


async def held(_rx: ReadUnit, _member_id: UUID) -> bool:
    """No hold can be laid on anybody yet: there is no table of them."""
    return False
