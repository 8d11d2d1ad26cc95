"""The import pages, as a browser without script sees them."""

from scholr.contexts.enrollment.facade import CohortDraft
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.cohorts import open_cohort
from tests.support.delivery import settle
from tests.support.school import School


def file_of(school: School, *lines: str) -> dict[str, tuple[str, bytes, str]]:
    tail = school.tenant_id.hex[-12:]
    text = "\n".join(line.replace("@", f".{tail}@") for line in lines)
    return {"file": ("autumn-intake.csv", text.encode(), "text/csv")}


async def test_a_list_is_looked_at_mended_imported_and_taken_back(platform: Platform, school: School) -> None:
    admin = await account(school, Role.ADMIN)
    cohort = await open_cohort(school, draft=CohortDraft(capacity=2, name="Nursing 2026"))
    sent = file_of(
        school,
        "email,name,cohort",
        "ada@b.example,Ada,Nursing 2026",
        "bo@b,Bo,Nursing 2026",
        "cy@b.example,Cy,Nursng 2026",
        "cy@b.example,Cy again,Nursing 2026",
        "di@b.example,,",
    )
    async with browser(platform, admin) as client:
        assert "Bring a list along" in (await client.get("/admin/import")).text
        uploaded = await client.post("/admin/import", data={"cohort_id": "", "may_wait": "on"}, files=sent)
        assert uploaded.status_code == 303, uploaded.text
        url = uploaded.headers["location"]
        page = (await client.get(url)).text
        assert "<b>autumn-intake.csv</b> has 5 rows" in page
        assert "The address has no ending" in page
        assert "Use “Nursing 2026”" in page
        fixed = page.split('name="fix-email" value="')[1].split('"')[0]
        await client.post(f"{url}/rows/3", data={"do": "fix:email", "fix-email": fixed, "email": "bo@b"})
        await client.post(f"{url}/rows/4", data={"do": "fix:cohort", "fix-cohort": "Nursing 2026"})
        await client.post(f"{url}/rows/5", data={"do": "leave_out"})
        still = (await client.get(url)).text
        assert "A name is needed." in still
        await client.post(f"{url}/rows/6", data={"do": "mend", "name": "Di"})
        ready = (await client.get(url)).text
        assert "Import 4 people" in ready
        assert (await client.post(f"{url}/start")).status_code == 303
        assert "Importing 4 people" in (await client.get(url)).text
        meter = await client.get(f"{url}/progress")
        assert "0 of 4 rows imported" in meter.text
        await settle(platform)
        assert (await client.get(f"{url}/progress")).headers["hx-refresh"] == "true"
        done = (await client.get(url)).text
        assert "4 people are in, and 1 row stayed behind" in done
        report = await client.get(f"{url}/report.csv")
        assert "Cy again" in report.text
        await client.post(f"{url}/undo")
        assert "Taking it back" in (await client.get(url)).text
        await settle(platform)
        assert "The import was taken back" in (await client.get(url)).text
        assert (await client.get(f"/teach/cohorts/{cohort.id}")).text.count("Ada") == 0


async def test_what_is_no_list_is_answered_beside_the_field(platform: Platform, school: School) -> None:
    admin = await account(school, Role.ADMIN)
    async with browser(platform, admin) as client:
        nothing = await client.post("/admin/import", data={"cohort_id": ""}, files={"other": ("x", b"x", "text/plain")})
        wrong = await client.post("/admin/import", data={"cohort_id": ""}, files=file_of(school, "phone", "1"))
        sample = await client.get("/admin/import/sample.csv")
    assert (nothing.status_code, wrong.status_code) == (422, 422)
    assert "Choose a file first." in nothing.text
    assert "a column for the e-mail address" in wrong.text
    assert sample.text.lstrip("\ufeff").startswith("name,email,role,cohort")


async def test_instructors_and_other_schools_do_not_get_in(
    platform: Platform, school: School, other_school: School
) -> None:
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        url = (await client.post("/admin/import", files=file_of(school, "email,name", "a@b.example,A"))).headers[
            "location"
        ]
    async with browser(platform, await account(school, Role.INSTRUCTOR)) as client:
        assert (await client.get("/admin/import")).status_code == 403
    async with browser(platform, await account(other_school, Role.ADMIN)) as client:
        for path in ("", "/progress", "/report.csv"):
            assert (await client.get(f"{url}{path}")).status_code == 404
        for path in ("/start", "/undo", "/rows/2"):
            assert (await client.post(f"{url}{path}", data={"do": "leave_out"})).status_code == 404
