"""What the sweep gives up and deletes, and above all what it leaves alone. On a folder and on a real S3 server."""

import dataclasses
from datetime import timedelta
from uuid import UUID

import pytest

from scholr.contexts.media import facade as media
from scholr.contexts.media.errors import NotArrived
from scholr.contexts.media.events import AssetFailed
from scholr.contexts.media.model import AWAITED_LASTS, STRAY_LASTS
from scholr.kernel.ids import new_id
from scholr.platform.runtime import Platform
from scholr.platform.storage.objects import open_store
from tests.contexts.media.files import announce, finish, keys, put, send, upload
from tests.support.clock import MovableClock
from tests.support.delivery import run_periodic, worker_db
from tests.support.school import School

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["local", "s3"])
def stored(request: pytest.FixtureRequest, platform: Platform) -> Platform:
    """The platform with its files in either kind of store."""
    if request.param == "local":
        return platform
    server = request.getfixturevalue("object_server")
    return dataclasses.replace(platform, storage=open_store(server.bucket()))


async def sweep(platform: Platform, school: School) -> None:
    await run_periodic(platform, "media.sweep", tenant_id=school.tenant_id)


async def failure_of(platform: Platform, school: School, asset_id: UUID) -> str:
    try:
        return (await finish(platform, school, media.AssetId(asset_id))).failure
    except NotArrived as error:
        return error.code


async def test_an_upload_that_never_came_fails_after_a_day_and_not_before(
    stored: Platform, school: School, clock: MovableClock
) -> None:
    announced = await announce(stored, school)
    clock.advance(AWAITED_LASTS - MINUTE)
    await sweep(stored, school)
    assert await failure_of(stored, school, announced.asset_id) == "upload_not_arrived"
    clock.advance(2 * MINUTE)
    await sweep(stored, school)
    assert await failure_of(stored, school, announced.asset_id) == "upload_never_arrived"


async def test_the_failure_is_told_once(platform: Platform, school: School, clock: MovableClock) -> None:
    announced = await announce(platform, school)
    clock.advance(AWAITED_LASTS + MINUTE)
    await sweep(platform, school)
    await sweep(platform, school)
    async with platform.db.read(school.tenant_id) as rx:
        told = await rx.raw.fetchval(
            "select count(*) from platform_outbox where type = $1 and aggregateid = $2",
            AssetFailed.event_type,
            announced.asset_id,
        )
    assert told == 1


async def test_files_in_use_stay_for_good(stored: Platform, school: School, clock: MovableClock) -> None:
    asset = await upload(stored, school)
    before = await keys(stored, school)
    assert len(before) == 1
    for _ in range(3):
        clock.advance(timedelta(days=400))
        await sweep(stored, school)
    assert await keys(stored, school) == before
    assert (await finish(stored, school, asset.id)).is_ready


async def test_a_file_whose_asset_is_gone_is_deleted_after_a_week_and_not_before(
    stored: Platform, school: School, clock: MovableClock
) -> None:
    await upload(stored, school)
    kept = await keys(stored, school)
    await put(stored, f"tenants/{school.tenant_id}/media/{new_id()}/{new_id().hex}")
    clock.advance(STRAY_LASTS - MINUTE)
    await sweep(stored, school)
    assert len(await keys(stored, school)) == 2
    clock.advance(2 * MINUTE)
    await sweep(stored, school)
    assert await keys(stored, school) == kept


async def test_what_lies_beside_the_accepted_file_is_deleted(
    stored: Platform, school: School, clock: MovableClock
) -> None:
    """What came second, and what was sent again to an address that was still good."""
    asset = await upload(stored, school)
    kept = await keys(stored, school)
    folder = f"tenants/{school.tenant_id}/media/{asset.id}"
    for name in ("incoming", new_id().hex):
        await put(stored, f"{folder}/{name}")
    clock.advance(STRAY_LASTS + MINUTE)
    await sweep(stored, school)
    assert await keys(stored, school) == kept


async def test_what_arrived_and_was_never_finished_goes_with_its_upload(
    stored: Platform, school: School, clock: MovableClock
) -> None:
    announced = await announce(stored, school)
    await put(stored, f"tenants/{school.tenant_id}/media/{announced.asset_id}/incoming")
    clock.advance(STRAY_LASTS + MINUTE)
    await sweep(stored, school)
    assert await keys(stored, school) == set()


async def test_an_upload_of_today_is_left_alone_while_old_ones_go(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    old = await announce(platform, school)
    clock.advance(AWAITED_LASTS + MINUTE)
    fresh = await announce(platform, school)
    await _date(platform, school, fresh.asset_id, clock)
    await sweep(platform, school)
    await send(platform, school, fresh)
    assert (await finish(platform, school, fresh.asset_id)).is_ready
    assert await failure_of(platform, school, old.asset_id) == "upload_never_arrived"


async def test_another_schools_files_and_foreign_objects_are_not_touched(
    stored: Platform, school: School, other_school: School, clock: MovableClock
) -> None:
    await announce(stored, school)
    theirs = f"tenants/{other_school.tenant_id}/media/{new_id()}/{new_id().hex}"
    foreign = [f"tenants/{school.tenant_id}/media/readme", f"tenants/{school.tenant_id}/backup/a", "elsewhere"]
    for key in (theirs, *foreign):
        await put(stored, key)
    clock.advance(STRAY_LASTS + MINUTE)
    await sweep(stored, school)
    for key in (theirs, *foreign):
        assert await stored.storage.head(key) is not None, key


async def test_the_sweep_finds_the_schools_that_have_files(
    platform: Platform, school: School, other_school: School
) -> None:
    await announce(platform, school)
    async with (await worker_db(platform)).read(None) as rx:
        rows = await rx.raw.fetch("select * from media_tenants_with_files(now() + interval '1 minute')")
    found = {row[0] for row in rows}
    assert school.tenant_id in found
    assert other_school.tenant_id not in found


async def _date(platform: Platform, school: School, asset_id: UUID, clock: MovableClock) -> None:
    """The database's clock was not moved with ours."""
    async with platform.db.write(school.tenant_id) as tx:
        await tx.raw.execute("update media_asset set created_at = $1 where id = $2", clock.now(), asset_id)
