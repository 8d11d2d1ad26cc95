"""The first layer of isolation by itself: every JSON route once more, where no policy of the database holds.

That the policies hold without the first layer is shown table by table in `tests/platform/test_tenancy_tables.py`.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from scholr.entrypoints.site import build_http
from scholr.kernel.actor import Role
from scholr.platform.db.database import Database
from tests.isolation.sweep import askers, json_templates, sweep_problems
from tests.support.database import TestDatabase
from tests.support.populated import LiveWorld, PopulatedWorld


@pytest.fixture
async def unprotected(database: TestDatabase, populated: PopulatedWorld) -> AsyncIterator[Database]:
    """The database under a superuser's login, whom no policy binds."""
    found = Database(replace(populated.settings.database, dsn=database.admin))
    try:
        yield found
    finally:
        await found.close()


async def test_every_json_route_isolates_without_any_policy(world: LiveWorld, unprotected: Database) -> None:
    assert await unprotected.may_bypass_policies()
    platform = replace(world.platform, db=unprotected)
    bare = replace(world, platform=platform, app=build_http(platform))
    people = [asker for asker in askers(bare) if asker.name in (Role.OWNER, Role.LEARNER)]
    problems = [
        problem for template in await json_templates(bare) async for problem in sweep_problems(bare, template, people)
    ]
    assert not problems, "\n".join(problems)
