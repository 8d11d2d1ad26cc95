"""The catalogue over HTTP: the walkthrough, pages by cursor, conflicts, and what strangers get."""

import pytest

from scholr.contexts.catalog.markup import FRAME_SOURCES
from scholr.kernel.actor import Role
from scholr.platform.http.policy import EMBED_HOSTS
from scholr.platform.runtime import Platform
from tests.contexts.catalog.courses import make_course
from tests.support.client import api_client
from tests.support.school import School


async def test_the_walkthrough(platform: Platform, school: School, other_school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        made = await client.post("/api/courses", json={"title": "Intro to Astrophysics"})
        assert made.status_code == 201, made.text
        course = made.json()
        assert (course["title"], course["status"], course["version"]) == ("Intro to Astrophysics", "draft", None)
        for _ in range(2):
            published = await client.post(f"/api/courses/{course['id']}/publish")
            assert (published.status_code, published.json()["version"]) == (200, 1)
        listed = (await client.get("/api/courses")).json()
        assert [(each["title"], each["status"]) for each in listed["items"]] == [(course["title"], "published")]
    async with api_client(platform, other_school.tenant_id) as stranger:
        assert (await stranger.get("/api/courses")).json() == {"items": [], "next_cursor": None}


async def test_pages_by_cursor_show_everything_once(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        made = [(await client.post("/api/courses", json={"title": f"C{n}"})).json()["id"] for n in range(5)]
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(3):
            page = (
                await client.get("/api/courses", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
            ).json()
            seen += [each["id"] for each in page["items"]]
            cursor = page["next_cursor"]
        assert cursor is None
        assert seen == made[::-1]
        for wrong in ({"limit": 0}, {"limit": 1000}, {"cursor": "x"}):
            assert (await client.get("/api/courses", params=wrong)).status_code == 422


async def test_a_course_is_written_through_the_api(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        course = (await client.post("/api/courses", json={"title": "Maps"})).json()
        base = f"/api/courses/{course['id']}"
        section = (await client.post(f"{base}/sections", json={"title": "One"})).json()["id"]
        lessons = [
            (await client.post(f"/api/sections/{section}/lessons", json={"title": f"L{n}"})).json()["id"]
            for n in range(3)
        ]
        put = await client.put(
            f"/api/lessons/{lessons[0]}/blocks",
            json={"version": 1, "blocks": [{"type": "rich_text", "html": "<p onclick=x()>Hi<script>1</script></p>"}]},
        )
        assert put.json()["blocks"][0]["html"] == "<p>Hi</p>"
        late = await client.put(f"/api/lessons/{lessons[0]}/blocks", json={"version": 1, "blocks": []})
        assert (late.status_code, late.json()["code"]) == (409, "lesson_changed")
        assert late.json()["current"]["version"] == 2
        assert (
            await client.put(f"/api/sections/{section}/lessons/order", json={"order": lessons[::-1]})
        ).status_code == 200
        wrong = await client.put(f"/api/sections/{section}/lessons/order", json={"order": lessons[:2]})
        assert (wrong.status_code, wrong.json()["code"]) == (409, "outline_changed")
        changes = (await client.get(f"{base}/changes")).json()
        assert (changes["first"], changes["added"]) == (True, ["L2", "L1", "L0"])
        assert (await client.get(f"{base}/outline")).json()["sections"] == []
        await client.post(f"{base}/publish")
        outline = (await client.get(f"{base}/outline")).json()
        assert [each["title"] for each in outline["sections"][0]["lessons"]] == ["L2", "L1", "L0"]
        assert (await client.delete(f"/api/lessons/{lessons[1]}")).status_code == 204
        assert (await client.get(f"{base}/changes")).json()["removed"] == ["L1"]
        assert (await client.post(f"/api/lessons/{lessons[1]}/restore")).status_code == 200
        assert len((await client.get(f"/api/lessons/{lessons[0]}/revisions")).json()["items"]) == 1
        patched = await client.patch(base, json={"title": "Maps for Health", "cover_asset_id": None})
        assert patched.json()["title"] == "Maps for Health"


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "source": "https://example.org/a.png"},
        {"type": "embed", "address": "https://evil.example/x", "title": "x"},
        {"type": "script", "html": "x"},
        {"type": "image", "source": "javascript:alert(1)", "alt": "x"},
    ],
)
async def test_a_wrong_block_is_named_by_its_place(platform: Platform, school: School, block: dict[str, str]) -> None:
    course = await make_course(platform, school.owner)
    async with api_client(platform, school.tenant_id) as client:
        answer = await client.put(f"/api/lessons/{course.lesson('a')}/blocks", json={"blocks": [block]})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_block")
    assert all(place.startswith("blocks.0.") for place in answer.json()["fields"])


async def test_strangers_find_nothing(platform: Platform, school: School, other_school: School) -> None:
    course = await make_course(platform, await school.person(Role.INSTRUCTOR))
    lesson, section = course.lesson("a"), course.sections[0]
    calls: list[tuple[str, str, object]] = [
        ("GET", f"/api/courses/{course.id}", None),
        ("PATCH", f"/api/courses/{course.id}", {"title": "x"}),
        *(
            ("POST", f"/api/courses/{course.id}/{what}", None)
            for what in ("publish", "archive", "restore", "duplicate")
        ),
        ("GET", f"/api/courses/{course.id}/outline", None),
        ("GET", f"/api/courses/{course.id}/outline?draft=true", None),
        ("GET", f"/api/courses/{course.id}/changes", None),
        ("GET", f"/api/courses/{course.id}/prerequisites", None),
        ("PUT", f"/api/courses/{course.id}/prerequisites", {"requires": []}),
        ("POST", f"/api/courses/{course.id}/sections", {"title": "x"}),
        ("PUT", f"/api/courses/{course.id}/outline", {"sections": []}),
        ("PUT", f"/api/courses/{course.id}/sections/order", {"order": []}),
        ("PATCH", f"/api/sections/{section}", {"title": "x"}),
        ("DELETE", f"/api/sections/{section}", None),
        ("POST", f"/api/sections/{section}/restore", None),
        ("POST", f"/api/sections/{section}/lessons", {"title": "x"}),
        ("PUT", f"/api/sections/{section}/lessons/order", {"order": []}),
        ("GET", f"/api/lessons/{lesson}", None),
        ("PATCH", f"/api/lessons/{lesson}", {"title": "x"}),
        ("PUT", f"/api/lessons/{lesson}/blocks", {"blocks": []}),
        ("DELETE", f"/api/lessons/{lesson}", None),
        ("POST", f"/api/lessons/{lesson}/duplicate", None),
        ("POST", f"/api/lessons/{lesson}/restore", None),
        ("GET", f"/api/lessons/{lesson}/revisions", None),
    ]
    async with api_client(platform, other_school.tenant_id) as stranger:
        for method, path, body in calls:
            answer = await stranger.request(method, path, json=body)
            assert answer.status_code == 404, (method, path, answer.text)


def test_the_pages_policy_frames_exactly_what_blocks_may_embed() -> None:
    assert set(EMBED_HOSTS) == set(FRAME_SOURCES)
