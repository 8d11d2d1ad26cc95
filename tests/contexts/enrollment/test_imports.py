"""Importing people: preview, mending, carrying out, being killed, undoing."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.enrollment import jobs
from scholr.contexts.enrollment.errors import ImportNotFound, ImportNotReady, RosterUnreadable, UndoExpired
from scholr.contexts.enrollment.facade import CohortDraft, ImportView
from scholr.contexts.enrollment.service import checking, imports
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Role
from scholr.kernel.errors import Forbidden
from scholr.platform.jobs import job
from tests.support.clock import MovableClock
from tests.support.cohorts import open_cohort
from tests.support.delivery import settle, worker_of
from tests.support.school import School


def file_of(school: School, *lines: str) -> bytes:
    """A file whose addresses (marked @) belong to this school only."""
    tail = school.tenant_id.hex[-12:]
    return "\n".join(line.replace("@", f".{tail}@") for line in lines).encode()


async def send(school: School, *lines: str, cohort_id: UUID | None = None, may_wait: bool = False) -> ImportView:
    return await enrollment.upload_import(
        school.platform,
        school.owner,
        data=file_of(school, *lines),
        filename="C:\\lists\\autumn-intake.csv",
        cohort_id=cohort_id,
        may_wait=may_wait,
    )


async def carry_out(school: School, found: ImportView) -> ImportView:
    await enrollment.start_import(school.platform, school.owner, import_id=found.id)
    await settle(school.platform)
    return await enrollment.read_import(school.platform, school.owner, import_id=found.id)


async def run_until(school: School, found: ImportView, done: int) -> None:
    """Let a worker run the import, and stop it in the midst as soon as so many rows are done."""
    worker = await worker_of(school.platform)
    assert await worker.jobs.start_due() == 1
    reached = 0
    async with asyncio.timeout(30):
        while reached < done:
            await asyncio.sleep(0.005)
            reached = (await enrollment.read_import(school.platform, school.owner, import_id=found.id)).done
    await worker.jobs.stop(0)


async def problems(school: School, found: ImportView) -> dict[int, tuple[str, str | None]]:
    """By row: the code of its problem, and the value that would mend it."""
    page = await enrollment.list_import_rows(school.platform, school.owner, import_id=found.id, show="error")
    return {each.row: (each.problems[0].code, each.problems[0].fix) for each in page.items}


async def test_a_file_is_shown_before_anything_happens(school: School) -> None:
    cohort = await open_cohort(school, draft=CohortDraft(capacity=9, name="Nursing 2026"))
    known = await identity.add_member(
        school.platform, school.owner, email=file_of(school, "known@b.example").decode(), name="Known"
    )
    await enrollment.enrol(school.platform, school.owner, cohort_id=cohort.id, learner_id=known.id)
    found = await send(
        school,
        "email,name,role,cohort",
        "a@b.example,Ada,,nursing 2026",
        "bo@b,Bo,,Nursing 2026",
        "cy@b.example,Cy,,Nursng 2026",
        "a@b.example,Ada again,,Nursing 2026",
        "di@b.example,Di,instuctor,Nursing 2026",
        "known@b.example,Known,,Nursing 2026",
        "el@b.example,,,",
    )
    assert (found.filename, found.status) == ("autumn-intake.csv", "ready")
    assert found.actions == {"add": 1, "same": 1, "error": 5}
    mended = file_of(school, "bo@b.example").decode()
    assert await problems(school, found) == {
        3: ("email_invalid", mended),
        4: ("cohort_unknown", "Nursing 2026"),
        5: ("email_repeated", None),
        6: ("role_unknown", "instructor"),
        8: ("name_missing", None),
    }
    async with school.platform.db.read(school.tenant_id) as rx:
        assert await enrollment.learner_ids(rx, cohort_id=cohort.id) == [known.id]


async def test_rows_are_mended_left_out_and_preferred(school: School) -> None:
    found = await send(school, "email,name", "a@b.example,", "c@b.example,First", "c@b.example,Second")
    platform, owner = school.platform, school.owner
    assert found.actions == {"add": 1, "error": 2}
    mended = await enrollment.mend_import_row(platform, owner, import_id=found.id, row=2, values={"name": "Ada"})
    assert mended.actions == {"add": 2, "error": 1}
    preferred = await enrollment.prefer_import_row(platform, owner, import_id=found.id, row=4)
    assert preferred.actions == {"add": 2, "left_out": 1}
    left = await enrollment.leave_out_import_row(platform, owner, import_id=found.id, row=2)
    assert left.actions == {"add": 1, "left_out": 2}
    with pytest.raises(ImportNotFound):
        await enrollment.leave_out_import_row(platform, owner, import_id=found.id, row=99)
    done = await carry_out(school, found)
    assert (done.status, done.created) == ("done", 1)
    with pytest.raises(ImportNotReady):
        await enrollment.leave_out_import_row(platform, owner, import_id=found.id, row=4)


async def test_people_are_added_and_get_their_seats_in_the_order_of_the_file(school: School) -> None:
    cohort = await open_cohort(school, capacity=2)
    found = await send(
        school,
        "email;name",
        *(f"p{number}@b.example;Person {number}" for number in range(4)),
        cohort_id=cohort.id,
        may_wait=True,
    )
    done = await carry_out(school, found)
    assert (done.created, done.seats, done.done) == (4, {"active": 2, "waitlisted": 2}, 4)
    async with school.platform.db.read(school.tenant_id) as rx:
        roster = await enrollment.roster(rx, cohort.id, statuses=("active", "waitlisted"))
        names = await identity.members(rx, [each.learner_id for each in roster.items])
    told = {names[each.learner_id].name: (each.status, each.position) for each in roster.items}
    assert told == {
        "Person 0": ("active", None),
        "Person 1": ("active", None),
        "Person 2": ("waitlisted", 1),
        "Person 3": ("waitlisted", 2),
    }
    again = await enrollment.start_import(school.platform, school.owner, import_id=found.id)
    assert again.status == "done"


async def test_a_course_is_filled_cohort_by_cohort_and_the_rest_reported(school: School) -> None:
    first = await open_cohort(school, capacity=1)
    second = await open_cohort(school, first.course_id, capacity=1)
    found = await send(
        school, "email,name,course", *(f"q{number}@b.example,=Q{number},reading evidence" for number in range(3))
    )
    done = await carry_out(school, found)
    assert done.seats == {"active": 2, "full": 1}
    async with school.platform.db.read(school.tenant_id) as rx:
        assert [len(await enrollment.learner_ids(rx, cohort_id=each.id)) for each in (first, second)] == [1, 1]
    report = await enrollment.import_report(school.platform, school.owner, import_id=found.id)
    head, line = report.lstrip("\ufeff").splitlines()
    assert head == "row,email,name,role,cohort,course,problem"
    assert line.endswith(",'=Q2,learner,,reading evidence,Every seat was taken")


async def test_an_import_that_was_stopped_goes_on_behind_its_last_chunk(school: School) -> None:
    cohort = await open_cohort(school, capacity=900)
    lines = [f"k{number}@b.example,K {number}" for number in range(700)]
    found = await send(school, "email,name", *lines, cohort_id=cohort.id)
    await enrollment.start_import(school.platform, school.owner, import_id=found.id)
    await run_until(school, found, 500)
    stopped = await enrollment.read_import(school.platform, school.owner, import_id=found.id)
    assert (stopped.status, stopped.done) == ("running", 500)
    await settle(school.platform)
    done = await enrollment.read_import(school.platform, school.owner, import_id=found.id)
    assert (done.status, done.done, done.created, done.seats) == ("done", 700, 700, {"active": 700})
    async with school.platform.db.read(school.tenant_id) as rx:
        view = await enrollment.cohort(rx, cohort.id)
        events = await rx.raw.fetchval(
            "select count(*) from platform_outbox where tenant_id = $1 and type = 'enrollment.learner_enrolled'",
            school.tenant_id,
        )
    assert view is not None
    assert (view.taken, events) == (700, 700)


async def test_an_undo_takes_back_seats_and_people_but_only_its_own(school: School, clock: MovableClock) -> None:
    cohort = await open_cohort(school, capacity=2)
    before, waiting = await school.person(), await school.person()
    assert before.membership_id is not None
    assert waiting.membership_id is not None
    await enrollment.enrol(school.platform, school.owner, cohort_id=cohort.id, learner_id=before.membership_id)
    found = await send(school, "email,name", "u1@b.example,U1", "u2@b.example,U2", cohort_id=cohort.id, may_wait=True)
    assert (await carry_out(school, found)).seats == {"active": 1, "waitlisted": 1}
    await enrollment.enrol(
        school.platform, school.owner, cohort_id=cohort.id, learner_id=waiting.membership_id, may_wait=True
    )
    await enrollment.undo_import(school.platform, school.owner, import_id=found.id)
    await settle(school.platform)
    undone = await enrollment.read_import(school.platform, school.owner, import_id=found.id)
    assert undone.status == "undone"
    async with school.platform.db.read(school.tenant_id) as rx:
        assert set(await enrollment.learner_ids(rx, cohort_id=cohort.id)) == {
            before.membership_id,
            waiting.membership_id,
        }
        rows = await rx.raw.fetch("select status from identity_membership where email like 'u_.%'")
    assert [row["status"] for row in rows] == ["suspended", "suspended"]
    other = await send(school, "email,name", "v@b.example,V")
    await carry_out(school, other)
    clock.advance(timedelta(hours=25))
    with pytest.raises(UndoExpired):
        await enrollment.undo_import(school.platform, school.owner, import_id=other.id)


async def test_a_long_file_is_checked_by_a_job(school: School) -> None:
    count = imports.AT_ONCE_LINES + 200
    found = await send(school, "email,name", *(f"l{number}@b.example,L" for number in range(count)))
    assert found.status == "checking"
    await settle(school.platform)
    ready = await enrollment.read_import(school.platform, school.owner, import_id=found.id)
    assert (ready.status, ready.actions) == ("ready", {"add": count})


async def test_a_long_import_gives_its_slot_back_between_pieces(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With turns that end at once: checking, carrying out and undoing all go on where they stopped."""
    monkeypatch.setattr(job, "SLICE_SECONDS", -1.0)
    monkeypatch.setattr(imports, "AT_ONCE_LINES", 50)
    monkeypatch.setattr(checking, "BATCH", 50)
    monkeypatch.setattr(jobs, "CHUNK", 50)
    count = 130
    cohort = await open_cohort(school, capacity=count)
    found = await send(school, "email,name", *(f"m{n}@b.example,M" for n in range(count)), cohort_id=cohort.id)
    worker = await worker_of(school.platform)
    turns = 0
    while await worker.jobs.run_due():
        turns += 1
    assert turns >= 3, "checking took more than one turn"
    done = await carry_out(school, found)
    assert (done.status, done.done, done.created, done.seats) == ("done", count, count, {"active": count})
    await enrollment.undo_import(school.platform, school.owner, import_id=found.id)
    await settle(school.platform)
    undone = await enrollment.read_import(school.platform, school.owner, import_id=found.id)
    assert undone.status == "undone"
    async with school.platform.db.read(school.tenant_id) as rx:
        assert await enrollment.learner_ids(rx, cohort_id=cohort.id) == []


async def test_only_administrators_import_and_only_what_can_be_read(school: School, other_school: School) -> None:
    with pytest.raises(RosterUnreadable):
        await send(school, "name,phone", "Ada,1")
    found = await send(school, "email,name", "a@b.example,A")
    with pytest.raises(Forbidden):
        await enrollment.read_import(school.platform, await school.person(Role.INSTRUCTOR), import_id=found.id)
    with pytest.raises(ImportNotFound):
        await enrollment.read_import(school.platform, other_school.owner, import_id=found.id)
