"""What identity does when a member is forgotten: first the way in, at the end who they were."""

from collections.abc import Mapping
from uuid import UUID

from scholr.contexts.identity import repository
from scholr.platform.db.unit import WriteUnit
from scholr.platform.erasure import Stage, forgetting


async def close_the_door(tx: WriteUnit, member_id: UUID) -> Mapping[str, int]:
    """Nobody signs in as this member from now on."""
    return {"access": await repository.shut_out(tx, member_id)}


async def forget_directory(tx: WriteUnit, member_id: UUID) -> Mapping[str, int]:
    """Name and address, letters to the address, groups; the account itself when no other organisation knows it."""
    return await repository.forget_member(tx, member_id)


SUBSCRIPTIONS = (
    forgetting("identity_access", close_the_door),
    forgetting("identity", forget_directory, stage=Stage.DIRECTORY),
)
