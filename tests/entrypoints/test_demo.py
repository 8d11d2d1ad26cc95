"""The demo's seed: two schools, made once however often it runs."""

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.identity import facade as identity
from scholr.entrypoints.demo.content import load_schools
from scholr.entrypoints.demo.seed import seed_demo
from scholr.kernel.actor import Actor, ActorKind, Role
from scholr.platform.runtime import Platform


async def test_a_second_run_finds_everything_there(platform: Platform) -> None:
    await seed_demo(platform)
    first = [await _titles(platform, school.people[0].email) for school in load_schools()]
    await seed_demo(platform)
    assert [await _titles(platform, school.people[0].email) for school in load_schools()] == first
    laid = [len(school.courses) + len(school.paths) for school in load_schools()]
    assert [len(titles) for titles in first] == laid


async def _titles(platform: Platform, owner_email: str) -> list[str]:
    async with platform.db.read(None) as rx:
        person = await identity.person_by_email(rx, owner_email)
        assert person is not None
        (organization,) = await identity.organizations_of(rx, person.id)
    owner = Actor(
        ActorKind.PERSON,
        tenant_id=organization.tenant_id,
        membership_id=organization.membership_id,
        roles=frozenset({Role.OWNER}),
    )
    found = await catalog.courses_page(platform, owner, cursor=None, limit=100)
    async with platform.db.read(organization.tenant_id) as rx:
        paths = await catalog.list_paths(rx, owner)
    return sorted(line.title for line in (*found.items, *paths))
