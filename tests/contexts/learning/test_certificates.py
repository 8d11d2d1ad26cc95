"""Certificates: on paper, to strangers, expired and revoked."""

from datetime import timedelta

import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.learning import facade as learning
from scholr.contexts.learning.adapters.typst_printer import TypstPrinter
from scholr.contexts.learning.errors import CertificateNotFound, InvalidReason
from scholr.contexts.learning.ports import Paper
from scholr.kernel.actor import Role
from scholr.kernel.errors import Forbidden
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.client import api_client
from tests.support.clock import MovableClock
from tests.support.learning import teach
from tests.support.school import School

TOLD = {
    "number",
    "learner_name",
    "course_title",
    "organization_name",
    "issued_at",
    "expires_at",
    "state",
}


def paper(name: str) -> Paper:
    return Paper(
        learner_name=name,
        course_title='Reading "Evidence": #eval("1 + 1") $x$ *and* \\ more',
        organization_name="Aldersea",
        number="2026-000017-K",
        code="7F3K-92QD-0A1B-C2D3-X",
        verify_url="https://scholr.example/verify/7F3K-92QD-0A1B-C2D3-X",
        issued="23 November 2026",
        expires="23 November 2028",
        revoked=None,
        colour="#e59a1a",
        language="en",
    )


async def issue(school: School, *, valid_months: int | None = None) -> tuple[learning.CertificateView, str]:
    """A certificate, and the e-mail address of its holder."""
    taught, learner = await teach(school, lessons=1), await account(school)
    await taught.seat(learner.actor)
    rule = learning.CourseRule(valid_months=valid_months)
    await learning.set_rule(school.platform, school.owner, course_id=taught.course, rule=rule)
    await taught.complete(learner.actor)
    [held] = await learning.certificates(school.platform, learner.actor)
    return held, learner.email


async def test_a_stranger_is_told_what_the_paper_says_and_nothing_else(platform: Platform, school: School) -> None:
    held, email = await issue(school)
    async with api_client(platform) as stranger:
        answer = (await stranger.get(f"/api/verify/{held.code}")).json()
        page = (await stranger.get(f"/verify/{held.code}", headers={"Accept": "text/html"})).text
    assert set(answer) == TOLD
    for secret in (email, str(held.id), str(held.learner_id), str(held.course_id), str(school.tenant_id)):
        assert secret not in page
        assert secret not in str(answer)
    for said in (held.learner_name, held.course_title, held.number, "This certificate is genuine"):
        assert said in page


async def test_codes_are_read_forgivingly_and_mistakes_are_told_from_forgeries(
    platform: Platform, school: School
) -> None:
    held, _ = await issue(school)
    typed = held.code.replace("-", " ").replace("0", "o").lower()
    wrong = held.code[:-1] + ("0" if held.code[-1] != "0" else "1")
    async with browser(platform) as stranger:
        led = await stranger.get("/verify", params={"code": f"  {typed} "})
        assert led.headers["location"] == f"/verify/{held.code}"
        mistyped = await stranger.get("/verify", params={"code": wrong})
        assert mistyped.status_code == 422
        assert "cannot be a code" in mistyped.text
        unknown = await stranger.get("/verify/0000-0000-0000-0000-1")
        assert unknown.status_code == 404


async def test_a_certificate_expires_on_its_day(platform: Platform, school: School, clock: MovableClock) -> None:
    held, _ = await issue(school, valid_months=12)
    assert held.expires_at is not None
    clock.advance(held.expires_at - clock.now() - timedelta(seconds=1))
    assert (await learning.verify(platform, held.code)).state(clock.now()) == "valid"
    clock.advance(timedelta(seconds=1))
    async with browser(platform) as stranger:
        page = await stranger.get(f"/verify/{held.code}")
    assert "Genuine, but expired" in page.text


async def test_revoking_needs_a_reason_and_the_right_role_and_shows_at_once(platform: Platform, school: School) -> None:
    held, _ = await issue(school)
    teacher = await school.person(Role.INSTRUCTOR)
    with pytest.raises(Forbidden):
        await learning.revoke_certificate(platform, teacher, certificate_id=held.id, reason="x")
    with pytest.raises(InvalidReason):
        await learning.revoke_certificate(platform, school.owner, certificate_id=held.id, reason="   ")
    for reason in ("Somebody else sat the exam.", "Another reason, too late"):
        await learning.revoke_certificate(platform, school.owner, certificate_id=held.id, reason=reason)
    found = await learning.access_certificate(platform, school.owner, certificate_id=held.id)
    assert found.revoked_reason == "Somebody else sat the exam."
    async with browser(platform) as stranger:
        page = (await stranger.get(f"/verify/{held.code}")).text
    assert "This certificate was revoked" in page
    assert "Somebody else" not in page, "the reason is between the school and the holder"


async def test_only_the_holder_and_staff_open_the_paper(
    platform: Platform, school: School, other_school: School
) -> None:
    held, _ = await issue(school)
    found, pdf = await learning.certificate_pdf(platform, school.owner, certificate_id=held.id)
    assert found.id == held.id
    assert pdf.startswith(b"%PDF-")
    for stranger in (await school.person(Role.LEARNER), other_school.owner):
        with pytest.raises(CertificateNotFound):
            await learning.certificate_pdf(platform, stranger, certificate_id=held.id)
        with pytest.raises(CertificateNotFound):
            await learning.access_certificate(platform, stranger, certificate_id=held.id)
    with pytest.raises(CertificateNotFound):
        await learning.revoke_certificate(platform, other_school.owner, certificate_id=held.id, reason="mine")


@pytest.mark.parametrize("name", ["Amira Haddad", "أميرة حداد", '#panic() "quoted" *bold*', "A" * 120])
async def test_names_are_printed_as_text_and_never_run(name: str) -> None:
    pdf = await TypstPrinter().print(paper(name))
    assert pdf.startswith(b"%PDF-")
    assert b"pdfuaid" in pdf, "an accessible PDF says so in its metadata"


async def test_a_script_without_a_font_still_prints() -> None:
    assert (await TypstPrinter().print(paper("王小明"))).startswith(b"%PDF-")


async def test_the_paper_carries_the_name_of_its_day(platform: Platform, school: School) -> None:
    """A course that is renamed later does not change what was certified."""
    held, _ = await issue(school)
    course_id = catalog.CourseId(held.course_id)
    changes = catalog.CourseChanges(title="Renamed")
    await catalog.update_course(platform, school.owner, course_id=course_id, changes=changes)
    await catalog.publish_course(platform, school.owner, course_id=course_id)
    assert (await learning.verify(platform, held.code)).course_title == "Reading Evidence"
