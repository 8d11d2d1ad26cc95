"""The catalogue and the course page, as learners meet them."""

import base64

import msgspec
import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import new_id
from scholr.platform.runtime import Platform
from tests.contexts.catalog.courses import make_course
from tests.support.accounts import account, browser
from tests.support.school import School
from tests.support.statements import counted_statements


async def publish(
    platform: Platform, author: Actor, title: str, *, subject: str = "", language: str = "en", minutes: int = 5
) -> catalog.CourseId:
    course = await make_course(platform, author, title=title)
    changes = catalog.CourseChanges(subject=subject, language=language, summary=f"About {title}")
    await catalog.update_course(platform, author, course_id=course.id, changes=changes)
    lesson = catalog.LessonChanges(minutes=minutes)
    await catalog.save_lesson(platform, author, lesson_id=course.lesson("a"), changes=lesson)
    await catalog.publish_course(platform, author, course_id=course.id)
    return course.id


@pytest.fixture
async def author(school: School) -> Actor:
    return await school.person(Role.INSTRUCTOR)


async def test_the_catalogue_is_searched_filtered_and_sorted(platform: Platform, school: School, author: Actor) -> None:
    await publish(platform, author, "Survival Analysis", subject="Statistics", minutes=90)
    await publish(platform, author, "Maps for Health", subject="Geography", language="pt")
    await publish(platform, author, "100 % certain", subject="Statistics")
    async with browser(platform, await account(school)) as client:
        everything = (await client.get("/catalogue")).text
        for title in ("Survival Analysis", "Maps for Health", "100 % certain", "Português"):
            assert title in everything
        for query, shown, hidden in (
            ("q=health", "Maps for Health", "Survival Analysis"),
            ("q=%25", "100 % certain", "Maps for Health"),
            ("q=_", "Nothing here is called that", "Maps for Health</a>"),
            ("subject=Statistics", "Survival Analysis", "Maps for Health"),
            ("length=1h-to-5h", "Survival Analysis", "Maps for Health"),
            ("language=pt&language=de", "Maps for Health", "Survival Analysis"),
        ):
            page = (await client.get(f"/catalogue?{query}")).text
            assert shown in page, query
            assert hidden not in page, query
        titles = (await client.get("/catalogue?sort=title")).text
        assert titles.index("Maps for Health") < titles.index("Survival Analysis")
        short = (await client.get("/catalogue?sort=shortest")).text
        assert short.index("Maps for Health") < short.index("Survival Analysis")


@pytest.mark.parametrize("order", list(catalog.CatalogueOrder))
async def test_pages_by_cursor_show_every_course_once(
    platform: Platform, school: School, author: Actor, order: catalog.CatalogueOrder
) -> None:
    made = {await publish(platform, author, f"Course {n}", minutes=10 - n) for n in range(5)}
    seen: list[catalog.CourseId] = []
    cursor: str | None = None
    async with platform.db.read(school.tenant_id) as rx:
        for _ in range(3):
            query = catalog.CatalogueQuery(order=order, cursor=cursor, limit=2)
            page, facets = await catalog.browse(rx, query)
            seen += [course.id for course in page.items]
            cursor = page.next_cursor
    assert cursor is None
    assert len(seen) == len(made) == facets.total
    assert set(seen) == made


async def test_strange_addresses_are_no_error(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school)) as client:
        for query in ("sort=worst", "length=ages", "q=%25%5C_", "subject=", "q=" + "x" * 500):
            assert (await client.get(f"/catalogue?{query}")).status_code == 200, query
        for cursor in ("x", "W10=", "WyIxIiwgIngiXQ=="):
            assert (await client.get(f"/catalogue?cursor={cursor}")).status_code == 422
        far = base64.urlsafe_b64encode(msgspec.json.encode(["9" * 12, new_id()])).decode()
        assert (await client.get(f"/catalogue?sort=shortest&cursor={far}")).status_code == 422


async def test_no_address_shows_a_learner_a_draft(platform: Platform, school: School, author: Actor) -> None:
    draft = await make_course(platform, author, title="Secret plan")
    await draft.write("a", "Secret words")
    open_id = await publish(platform, author, "Open course")
    opened = await make_course(platform, author, title="Half open")
    await catalog.publish_course(platform, author, course_id=opened.id)
    await opened.write("a", "Secret words")
    changes = catalog.CourseChanges(title="Secret title")
    await catalog.update_course(platform, author, course_id=opened.id, changes=changes)
    await catalog.set_prerequisites(platform, author, course_id=open_id, requires=[draft.id])
    path_id = await catalog.create_path(platform, author, title="Secret path")
    paths = (
        *(f"{base}/{draft.id}" for base in ("/catalogue", "/learn/courses", "/api/courses")),
        *(f"/api/courses/{draft.id}/{what}" for what in ("outline", "prerequisites", "changes")),
        f"/api/courses/{opened.id}/outline?draft=true",
        f"/api/lessons/{draft.lesson('a')}",
        f"/api/lessons/{draft.lesson('a')}/revisions",
        f"/catalogue/paths/{path_id}",
        f"/api/paths/{path_id}",
        "/catalogue",
        "/catalogue?q=secret",
        f"/catalogue/{open_id}",
        f"/catalogue/{opened.id}",
        f"/api/courses/{opened.id}",
        f"/api/courses/{open_id}/prerequisites",
        "/api/courses",
        "/api/paths",
    )
    async with browser(platform, await account(school)) as client:
        for path in paths:
            answer = await client.get(path)
            assert answer.status_code in (200, 403, 404), path
            words = answer.text.replace("q=secret", "").replace("for “secret”", "").replace('value="secret"', "")
            assert "secret" not in words.lower(), path


async def test_enrolling_opens_the_course(platform: Platform, school: School, author: Actor) -> None:
    course_id = await publish(platform, author, "Maps for Health")
    learner = await account(school)
    async with browser(platform, learner) as client:
        page = f"/catalogue/{course_id}"
        refused = await client.post(f"/learn/courses/{course_id}/enrol")
        assert refused.status_code == 409
        assert "That did not work" in refused.text
        await enrollment.create_cohort(
            platform, school.owner, course_id=course_id, draft=enrollment.CohortDraft(capacity=2)
        )
        assert "Enrol" in (await client.get(page)).text
        for _ in range(2):
            done = await client.post(f"/learn/courses/{course_id}/enrol")
            assert done.headers["location"] == f"/learn/courses/{course_id}"
        mine = (await client.get(f"/learn/courses/{course_id}")).text
        assert "Begin with lesson 1.1" in mine
        assert "You are in this course" in (await client.get("/catalogue")).text
        await catalog.archive_course(platform, author, course_id=course_id)
        assert "Archived, and still yours" in (await client.get(f"/learn/courses/{course_id}")).text


async def test_a_path_shows_its_courses_in_order(platform: Platform, school: School, author: Actor) -> None:
    first, second = [await publish(platform, author, title) for title in ("Zebra", "Antelope")]
    path_id = await catalog.create_path(platform, author, title="From Z to A")
    changes = catalog.PathChanges(course_ids=[first, second], published=True)
    await catalog.change_path(platform, author, path_id=path_id, changes=changes)
    async with browser(platform, await account(school)) as client:
        assert "From Z to A" in (await client.get("/catalogue")).text
        page = (await client.get(f"/catalogue/paths/{path_id}")).text
    assert page.index("Zebra") < page.index("Antelope")


async def test_the_catalogue_needs_few_statements(platform: Platform, school: School, author: Actor) -> None:
    for title in ("One", "Two", "Three"):
        course_id = await publish(platform, author, title)
    async with browser(platform, await account(school)) as client:
        for path in ("/catalogue", "/catalogue?q=o&sort=title", f"/catalogue/{course_id}"):
            with counted_statements() as sent:
                assert (await client.get(path)).status_code == 200
            assert len(sent) <= 8, (path, sent)
