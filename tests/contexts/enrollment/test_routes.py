"""The JSON API of enrollment, in process."""

from datetime import timedelta
from uuid import uuid4

from scholr.contexts.enrollment.facade import CohortDraft
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.client import api_client
from tests.support.cohorts import open_cohort, open_course
from tests.support.delivery import settle
from tests.support.school import School


async def test_a_cohort_is_opened_and_a_learner_enrolled_once(platform: Platform, school: School) -> None:
    course_id, learner = await open_course(school), await school.person()
    async with api_client(platform, school.tenant_id) as client:
        opened = await client.post("/api/cohorts", json={"course_id": str(course_id), "capacity": 1})
        assert opened.status_code == 201, opened.text
        assert opened.json()["name"] == "Reading Evidence"
        url = f"/api/cohorts/{opened.json()['id']}/enrollments"
        first = await client.post(url, json={"learner_id": str(learner.membership_id)})
        again = await client.post(url, json={"learner_id": str(learner.membership_id)})
        assert (first.status_code, again.status_code) == (201, 200), first.text
        assert first.json() == again.json()
        assert first.json()["status"] == "active"
        other = await school.person()
        full = await client.post(url, json={"learner_id": str(other.membership_id)})
        assert (full.status_code, full.json()["code"]) == (409, "cohort_full")
        waits = await client.post(url, json={"learner_id": str(other.membership_id), "waitlist": True})
        assert (waits.status_code, waits.json()["status"], waits.json()["position"]) == (201, "waitlisted", 1)
        listed = await client.get(url)
        assert [each["status"] for each in listed.json()["items"]] == ["active", "waitlisted"]


async def test_people_and_cohorts_of_others_are_not_found(
    platform: Platform, school: School, other_school: School
) -> None:
    cohort, foreign_cohort = await open_cohort(school), await open_cohort(other_school)
    learner, foreign = await school.person(), await other_school.person()
    async with api_client(platform, school.tenant_id) as client:

        async def status(cohort_id: object, learner_id: object) -> tuple[int, str]:
            answer = await client.post(f"/api/cohorts/{cohort_id}/enrollments", json={"learner_id": str(learner_id)})
            return answer.status_code, answer.json()["code"]

        assert await status(cohort.id, foreign.membership_id) == await status(cohort.id, uuid4())
        assert await status(cohort.id, uuid4()) == (404, "learner_not_found")
        assert await status(foreign_cohort.id, learner.membership_id) == (404, "cohort_not_found")
        answer = await client.post("/api/cohorts", json={"course_id": str(foreign_cohort.course_id), "capacity": 3})
        assert answer.status_code == 404


async def test_settings_are_changed_one_by_one(platform: Platform, school: School) -> None:
    cohort = await open_cohort(school, capacity=5)
    async with api_client(platform, school.tenant_id) as client:
        url = f"/api/cohorts/{cohort.id}"
        changed = await client.patch(url, json={"mode": "approval", "ends_at": "2030-01-01T00:00:00Z"})
        assert changed.status_code == 200, changed.text
        assert (changed.json()["mode"], changed.json()["capacity"]) == ("approval", 5)
        cleared = await client.patch(url, json={"ends_at": None})
        assert cleared.json()["ends_at"] is None
        wrong = await client.patch(url, json={"starts_at": "2030-01-02T00:00:00Z", "ends_at": "2030-01-01T00:00:00Z"})
        assert (wrong.status_code, set(wrong.json()["fields"])) == (422, {"ends_at"})
        assert (await client.get(url)).json() == cleared.json()
        listed = await client.get("/api/cohorts")
        assert listed.json() == {"items": [cleared.json()], "next_cursor": None}


async def test_instructors_are_assigned_among_those_who_teach(platform: Platform, school: School) -> None:
    cohort, teacher, learner = await open_cohort(school), await school.person(Role.INSTRUCTOR), await school.person()
    async with api_client(platform, school.tenant_id) as client:
        url = f"/api/cohorts/{cohort.id}/instructors"
        taken = await client.put(url, json={"instructor_ids": [str(teacher.membership_id)]})
        assert taken.json() == {"instructor_ids": [str(teacher.membership_id)]}
        refused = await client.put(url, json={"instructor_ids": [str(learner.membership_id)]})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_cohort")


async def test_people_are_written_to_and_given_more_time(platform: Platform, school: School) -> None:
    ends = platform.clock.now() + timedelta(days=2)
    cohort = await open_cohort(school, draft=CohortDraft(capacity=3, ends_at=ends))
    learner = await school.person()
    async with api_client(platform, school.tenant_id) as client:
        url = f"/api/cohorts/{cohort.id}"
        seat = (await client.post(f"{url}/enrollments", json={"learner_id": str(learner.membership_id)})).json()
        chosen = {"enrollment_ids": [seat["id"]]}
        unknown = {"enrollment_ids": [seat["id"], str(uuid4())], "subject": "Hello", "text": "See you."}
        assert (await client.post(f"{url}/messages", json=unknown)).status_code == 404
        sent = await client.post(f"{url}/messages", json={**chosen, "subject": "Hello", "text": "See you."})
        assert (sent.status_code, sent.json()) == (202, {"people": 1})
        later = (ends + timedelta(days=9)).isoformat()
        extended = await client.post(f"{url}/extensions", json={**chosen, "until": later})
        assert (extended.status_code, extended.json()) == (200, {"people": 1})
        early = await client.post(f"{url}/extensions", json={**chosen, "until": ends.isoformat()})
        assert (early.status_code, early.json()["code"]) == (422, "invalid_extension")


async def test_a_list_is_imported_by_a_program(platform: Platform, school: School) -> None:
    cohort = await open_cohort(school)
    tail = school.tenant_id.hex[-12:]
    csv = f"email,name\na.{tail}@b.example,Ada\nbo.{tail}@b.example,\n"
    async with api_client(platform, school.tenant_id) as client:
        url = f"/api/imports?cohort_id={cohort.id}&filename=people.csv"
        sent = await client.post(url, content=csv, headers={"content-type": "text/csv"})
        assert (sent.status_code, sent.json()["actions"]) == (201, {"add": 1, "error": 1}), sent.text
        own = f"/api/imports/{sent.json()['id']}"
        rows = (await client.get(f"{own}/rows?show=error")).json()["items"]
        assert [(row["row"], row["problems"][0]["code"]) for row in rows] == [(3, "name_missing")]
        for cursor in (-1, -(2**31) - 1, 2**31):
            assert (await client.get(f"{own}/rows?cursor={cursor}")).status_code == 422
        mended = await client.put(f"{own}/rows/3", json={"name": "Bo"})
        assert mended.json()["actions"] == {"add": 2}
        left = await client.delete(f"{own}/rows/3")
        assert left.json()["actions"] == {"add": 1, "left_out": 1}
        assert (await client.post(f"{own}/start")).json()["status"] == "running"
        await settle(platform)
        done = (await client.get(own)).json()
        assert (done["status"], done["created"], done["seats"]) == ("done", 1, {"active": 1})
        assert "bo." in (await client.get(f"{own}/report")).text
        assert (await client.post(f"{own}/undo")).json()["status"] == "undoing"
        await settle(platform)
        assert (await client.get("/api/imports")).json()["items"][0]["status"] == "undone"
        nothing = await client.post("/api/imports", content=b"", headers={"content-type": "text/csv"})
        assert (nothing.status_code, nothing.json()["code"]) == (422, "roster_unreadable")
