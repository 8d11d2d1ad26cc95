"""While the object store is away pages are there, with words where their pictures would be."""

from dataclasses import replace
from pathlib import Path

import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.platform.resilience.guard import Guards
from scholr.platform.resilience.policy import Dependency
from scholr.platform.runtime import Platform
from scholr.platform.storage.guarded import GuardedStore
from scholr.platform.storage.objects import open_store
from scholr.platform.storage.settings import StorageSettings
from tests.contexts.media.files import PNG, upload
from tests.support.accounts import account, browser
from tests.support.client import api_client
from tests.support.learning import Taught, teach
from tests.support.school import School


@pytest.fixture
async def taught(platform: Platform, school: School) -> Taught:
    """A course with a picture on its cover and in its first lesson, from a time when there was a store."""
    picture = await upload(platform, school)
    taught = await teach(school, lessons=1)
    await catalog.update_course(
        platform,
        school.owner,
        course_id=catalog.CourseId(taught.course),
        changes=catalog.CourseChanges(cover_asset_id=picture.id),
    )
    blocks = [{"id": "b1", "type": "image", "source": f"asset:{picture.id}", "alt": "A map of the wells"}]
    await catalog.save_lesson(
        platform,
        school.owner,
        lesson_id=catalog.LessonId(taught.lessons[0]),
        changes=catalog.LessonChanges(blocks=blocks),
    )
    await catalog.publish_course(platform, school.owner, course_id=catalog.CourseId(taught.course))
    return taught


@pytest.fixture
def without_store(platform: Platform, tmp_path: Path) -> Platform:
    """Nobody answers at the store's address."""
    nowhere = StorageSettings(
        tmp_path, bucket="files", endpoint="http://127.0.0.1:1", access_key="key", secret_key="secret", http=True
    )
    guards = Guards()
    store = GuardedStore(open_store(nowhere), guards[Dependency.STORAGE])
    return replace(platform, storage=store, guards=guards)


async def test_pages_with_pictures_are_shown_and_say_what_the_picture_is(
    without_store: Platform, school: School, taught: Taught
) -> None:
    learner = await account(school)
    await taught.seat(learner.actor)
    async with browser(without_store, learner) as client:
        for path in ("/catalogue", f"/catalogue/{taught.course}", taught.path, taught.lesson_path(0)):
            answer = await client.get(path, follow_redirects=True)
            assert answer.status_code == 200, path
        lesson = (await client.get(taught.lesson_path(0))).text

    assert 'alt="A map of the wells"' in lesson


@pytest.mark.usefixtures("taught")
async def test_json_with_files_is_answered_and_what_needs_the_store_says_so(
    without_store: Platform, school: School
) -> None:
    body = {"filename": "map.png", "size": len(PNG), "content_type": "image/png", "alt": "A map"}
    async with api_client(without_store, school.tenant_id) as client:
        courses = await client.get("/api/courses")
        announced = await client.post("/api/media/uploads", json=body)
        finished = await client.post(f"/api/media/assets/{announced.json()['asset_id']}/complete")

    assert courses.status_code == 200
    assert announced.status_code == 201
    assert (finished.status_code, finished.json()["code"]) == (503, "storage_unavailable")
    assert int(finished.headers["retry-after"]) > 0
