"""What auth does when a member is forgotten."""

from collections.abc import Mapping
from uuid import UUID

from scholr.contexts.auth import repository
from scholr.platform.db.unit import WriteUnit
from scholr.platform.erasure import forgetting


async def forget_credentials(tx: WriteUnit, member_id: UUID) -> Mapping[str, int]:
    """Tokens and sessions of this organisation; everything, when no other organisation knows the person."""
    return await repository.forget_member(tx, member_id)


SUBSCRIPTIONS = (forgetting("auth", forget_credentials),)
