"""Asked each time; in an outage the last answer stands in, and it is the last one indeed."""

from operator import methodcaller

import pytest

from scholr.platform.cache.facade import Cache
from scholr.platform.cache.last_known import LastKnown
from scholr.platform.cache.region import Region
from scholr.platform.db.errors import DatabaseUnreachable
from tests.support.clock import MovableClock

ROLES: Region[str] = Region(name="roles", holds=str, fresh=0, rescue=120, is_global=True, stays_here=True)

READ = methodcaller("lower")  # what was asked is told as it is read


class Asked:
    def __init__(self) -> None:
        self.answer: str | None = "Administrator"
        self.is_away = False

    async def __call__(self) -> str | None:
        if self.is_away:
            raise DatabaseUnreachable
        return self.answer


@pytest.fixture
def kept() -> LastKnown[str, str]:
    return LastKnown(Cache(MovableClock()), ROLES)


async def test_the_last_answer_stands_in_while_nobody_can_be_asked(kept: LastKnown[str, str]) -> None:
    asked = Asked()
    for _ in range(3):
        await kept.ask("session a", asked, READ)
    asked.is_away = True
    assert await kept.ask("session a", asked, READ) == "administrator"
    with pytest.raises(DatabaseUnreachable):
        await kept.ask("session b", asked, READ)


@pytest.mark.parametrize("since", [None, "learner"])
async def test_what_changed_a_moment_ago_is_what_is_remembered(kept: LastKnown[str, str], since: str | None) -> None:
    """Revoked, or another role: also between two keepings of the same answer."""
    asked = Asked()
    for _ in range(3):
        await kept.ask("session a", asked, READ)
    asked.answer = since
    assert await kept.ask("session a", asked, READ) == since
    asked.is_away = True
    if since is None:
        with pytest.raises(DatabaseUnreachable):
            await kept.ask("session a", asked, READ)
    else:
        assert await kept.ask("session a", asked, READ) == since
