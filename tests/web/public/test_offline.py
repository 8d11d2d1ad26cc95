"""The service worker's script and the page that it keeps."""

import dataclasses
import re
from pathlib import Path

import pytest

from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.school import School


async def test_the_worker_serves_the_whole_site_and_is_asked_for_anew(platform: Platform) -> None:
    async with browser(platform) as client:
        answer = await client.get("/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "no-cache" in answer.headers["cache-control"]
    assert re.match(r'self\.VERSION = "[0-9a-f]{16}";\n', answer.text)
    assert "import" not in answer.text.split("\n", 1)[1][:200], "a classic script loads nothing more"


async def test_the_offline_page_is_the_same_for_everybody(platform: Platform, school: School) -> None:
    learner = await account(school, Role.LEARNER)
    pages = []
    for who in (None, learner):
        async with browser(platform, who) as client:
            answer = await client.get("/offline")
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        pages.append(re.sub(r'nonce="[^"]+"', "", answer.text))
    assert pages[0] == pages[1]
    assert "Aldersea" not in pages[0]


async def test_pages_name_the_worker_unless_it_is_switched_off(platform: Platform) -> None:
    off = dataclasses.replace(platform, http=dataclasses.replace(platform.http, offline_page=False))
    for each, expected in ((platform, True), (off, False)):
        async with browser(each) as client:
            assert ('data-worker="/sw.js"' in (await client.get("/sign-in")).text) is expected
            for path in ("/sw.js", "/offline"):
                assert ((await client.get(path)).status_code == 200) is expected


@pytest.mark.parametrize("name", ["cache.put", "cache.addAll"])
def test_the_worker_keeps_nothing_but_the_offline_page_and_the_bundle(name: str) -> None:
    """A second place where something is kept would have to be thought about: devices are shared."""
    source = Path(__file__).parents[3] / "frontend" / "src" / "worker" / "service-worker.ts"
    assert source.read_text().count(name) == {"cache.put": 2, "cache.addAll": 1}[name]
