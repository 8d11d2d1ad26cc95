"""Who was proven a moment ago reads on in an outage; who was shut out a moment ago does not."""

from dataclasses import replace

import pytest

from scholr.contexts.auth.kept import KeptProofs, Proven
from scholr.kernel.actor import Actor, ActorKind, Role
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.cache.facade import Cache
from scholr.platform.db.errors import DatabaseUnreachable
from scholr.platform.http.context import Viewer
from tests.support.clock import MovableClock

ADMIN = Proven(
    Actor(ActorKind.PERSON, tenant_id=TenantId(new_id()), roles=frozenset({Role.ADMIN})),
    Viewer("Ana", "Aldersea", "ana@example.org", "#2348bd"),
)
LEARNER = replace(ADMIN, actor=replace(ADMIN.actor, roles=frozenset({Role.LEARNER})))


class Asked:
    def __init__(self) -> None:
        self.answer: Proven | None = ADMIN
        self.is_away = False

    async def __call__(self) -> Proven | None:
        if self.is_away:
            raise DatabaseUnreachable
        return self.answer


@pytest.fixture
def kept() -> KeptProofs:
    return KeptProofs(Cache(MovableClock()))


async def test_who_was_proven_reads_on_while_nobody_can_be_asked(kept: KeptProofs) -> None:
    asked = Asked()
    for _ in range(3):
        await kept.ask("session a", asked)
    asked.is_away = True
    assert await kept.ask("session a", asked) == ADMIN
    with pytest.raises(DatabaseUnreachable):
        await kept.ask("session b", asked)


@pytest.mark.parametrize("since", [None, LEARNER])
async def test_what_changed_a_moment_ago_is_what_is_remembered(kept: KeptProofs, since: Proven | None) -> None:
    """Revoked, or another role: also between two keepings of the same answer."""
    asked = Asked()
    for _ in range(3):
        await kept.ask("session a", asked)
    asked.answer = since
    assert await kept.ask("session a", asked) == since
    asked.is_away = True
    if since is None:
        with pytest.raises(DatabaseUnreachable):
            await kept.ask("session a", asked)
    else:
        assert await kept.ask("session a", asked) == since
