"""What a member agrees to or objects to, and what the organisation tells of its learners without asking."""

from collections.abc import Iterable
from dataclasses import dataclass

from scholr.contexts.identity import repository
from scholr.contexts.identity.errors import UnknownChoice
from scholr.contexts.identity.events import ChoiceMade, DirectoryChanged
from scholr.contexts.identity.policy import MANAGE_PRIVACY, OWN_PRIVACY
from scholr.contexts.identity.queries.choices import DIRECTORY_FIELDS, choices_of, directory_fields
from scholr.contexts.identity.tables import ChoiceRow
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Forbidden
from scholr.kernel.ids import new_id
from scholr.platform.db.retry import retried
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True)
class Purpose:
    """`text` is what the member is asked; whoever changes what it means raises `version`, and old answers lapse."""

    key: str
    title: str
    text: str
    version: int = 1


CERTIFICATE_NAME = Purpose(
    "certificate_name",
    "My name beside my certificates",
    "Whoever has the code of one of my certificates is shown my name with it.",
)
DIRECTORY = Purpose(
    "directory",
    "Directory information",
    "The organisation may tell strangers what it counts as directory information about me (FERPA, 34 CFR 99.37).",
)
PURPOSES = {purpose.key: purpose for purpose in (CERTIFICATE_NAME, DIRECTORY)}


@retried
async def choose(platform: Platform, actor: Actor, *, purpose: str, given: bool) -> bool:
    """Keep the member's own decision beside those before it; False when it was so already. Raises UnknownChoice."""
    tenant_id = require(actor, OWN_PRIVACY)
    if actor.membership_id is None:
        raise Forbidden
    asked = PURPOSES.get(purpose)
    if asked is None:
        raise UnknownChoice
    now = platform.clock.now()
    async with platform.db.write(tenant_id) as tx:
        held = (await choices_of(tx, actor.membership_id)).get(purpose)
        if held is not None and (held.given, held.version) == (given, asked.version):
            return False
        tx.session.add(
            ChoiceRow(
                id=new_id(),
                learner_id=actor.membership_id,
                purpose=purpose,
                version=asked.version,
                given=given,
                decided_at=now,
                decided_by=actor.membership_id,
            )
        )
        await tx.emit(
            ChoiceMade(
                tenant_id=tenant_id,
                aggregate_id=actor.membership_id,
                occurred_at=now,
                purpose=purpose,
                version=asked.version,
                given=given,
            )
        )
    return True


@retried
async def set_directory(platform: Platform, actor: Actor, fields: Iterable[str]) -> None:
    """What the organisation counts as directory information from now on. Raises UnknownChoice."""
    tenant_id = require(actor, MANAGE_PRIVACY)
    wanted = sorted(set(fields))
    if unknown := set(wanted) - set(DIRECTORY_FIELDS):
        raise UnknownChoice(fields={"fields": f"not one of ours: {', '.join(sorted(unknown))}"})
    now = platform.clock.now()
    async with platform.db.write(tenant_id) as tx:
        if sorted(await directory_fields(tx)) == wanted:
            return
        await repository.set_directory(tx, wanted, now, actor.membership_id)
        await tx.emit(
            DirectoryChanged(tenant_id=tenant_id, aggregate_id=tenant_id, occurred_at=now, fields=tuple(wanted))
        )
