"""What people meet where a capability is switched off, and that the rest goes on."""

from collections.abc import Iterator
from datetime import timedelta

from scholr.contexts.enrollment.policy import IMPORTS
from scholr.contexts.learning import facade as learning
from scholr.contexts.learning import model
from scholr.contexts.learning.policy import VERIFICATION
from scholr.contexts.media.policy import UPLOADS
from scholr.kernel.actor import Role
from scholr.platform.flags.rules import Rule, Scope, ordered
from scholr.platform.runtime import Platform
from tests.contexts.enrollment.test_imports import send
from tests.support.accounts import account, browser
from tests.support.client import api_client
from tests.support.clock import MovableClock
from tests.support.delivery import settle
from tests.support.school import School
from tests.web.admin.test_import import file_of


def kill(platform: Platform, *keys: str) -> None:
    platform.flags._rules = ordered(Rule(key=key, scope=Scope.KILL) for key in keys)


async def test_an_import_that_is_sent_is_answered_with_a_clear_page(platform: Platform, school: School) -> None:
    admin = await account(school, Role.ADMIN)
    kill(platform, IMPORTS.key)
    async with browser(platform, admin) as client:
        refused = await client.post("/admin/import", data={"cohort_id": ""}, files=file_of(school, "email", "a@b.co"))
        assert refused.status_code == 503
        assert "Switched off for now" in refused.text
        assert IMPORTS.sentence in refused.text
        assert (await client.get("/admin/import")).status_code == 200, "what was imported can be looked at"
        kill(platform)
        sent = await client.post("/admin/import", data={"cohort_id": ""}, files=file_of(school, "email", "a@b.co"))
        assert sent.status_code == 303


async def test_an_import_that_runs_waits_and_goes_on(platform: Platform, school: School, clock: MovableClock) -> None:
    from_file = await send(school, "email,name", "ada@b.example,Ada")
    async with api_client(platform, school.tenant_id) as client:
        started = await client.post(f"/api/imports/{from_file.id}/start")
        assert started.status_code == 202, started.text
        kill(platform, IMPORTS.key)
        await settle(platform, failures_expected=True)  # it says why it waits
        waiting = (await client.get(f"/api/imports/{from_file.id}")).json()
        assert (waiting["status"], waiting["done"]) == ("running", 0)
        refused = await client.post(f"/api/imports/{from_file.id}/start")
        assert (refused.status_code, refused.json()["code"]) == (503, "switched_off")
        kill(platform)
        clock.advance(timedelta(seconds=31))
        await settle(platform)
        assert (await client.get(f"/api/imports/{from_file.id}")).json()["status"] == "done"


async def test_uploads_and_verification_are_switched_off_each_by_itself(platform: Platform, school: School) -> None:
    file = {"filename": "a.png", "size": 10, "content_type": "image/png", "alt": "A dot"}
    async with api_client(platform, school.tenant_id) as client, api_client(platform) as stranger:
        kill(platform, UPLOADS.key)
        refused = await client.post("/api/media/uploads", json=file)
        assert (refused.status_code, refused.json()["detail"]) == (503, UPLOADS.sentence)
        assert (await stranger.get("/api/verify/none")).status_code == 404
        kill(platform, VERIFICATION.key)
        assert (await client.post("/api/media/uploads", json=file)).status_code == 201
        assert (await stranger.get("/api/verify/none")).status_code == 503
        code = learning.parse_verification_code(next(filter(learning.parse_verification_code, _codes())))
        page = await stranger.get(f"/verify/{code}", headers={"accept": "text/html"})
        assert page.status_code == 503
        assert "Switched off for now" in page.text
        assert VERIFICATION.sentence in page.text
        kill(platform)
        assert (await stranger.get(f"/verify/{code}")).status_code == 404, "nobody was given it"


def _codes() -> Iterator[str]:
    """Whatever its check digit is, one of these has it."""
    return ("0" * (model._CODE_DIGITS) + digit for digit in model._ALPHABET)
