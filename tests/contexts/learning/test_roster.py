"""A cohort of any size: counted, searched and paged over everybody."""

import random
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from scholr.contexts.enrollment.facade import CohortDraft, CohortView
from scholr.contexts.learning import facade as learning
from scholr.contexts.learning.facade import CohortOf, Measure, Need, PaceGroup, RosterFilter, RosterLine
from scholr.kernel.errors import Invalid
from tests.support.clock import MovableClock
from tests.support.cohorts import open_cohort
from tests.support.crowd import Person, seat_crowd
from tests.support.school import School

TOTAL = 20
NAMES = ("Amira Haddad", "amira haddad", "Leif Strand", "Özlem Ünal", "İpek Σίσυφος", "Zoë O'Hara")


async def crowded(school: School, clock: MovableClock, people: int = 260) -> tuple[CohortView, CohortOf]:
    """Halfway through its dates; names, progress and grades repeat, so that much is tied."""
    now, chance = clock.now(), random.Random(7)
    draft = CohortDraft(capacity=1, starts_at=now - timedelta(days=50), ends_at=now + timedelta(days=50))
    cohort = await open_cohort(school, draft=draft)
    crowd = [
        Person(
            name=chance.choice(NAMES),
            done=chance.choice((0, 3, 8, 9, 10, 12, 20)),
            seen_at=chance.choice((None, now, now - timedelta(days=13), now - timedelta(days=14))),
            average=chance.choice((None, 0, 5_000, 10_000)),
        )
        for _ in range(people)
    ]
    await seat_crowd(school, cohort, crowd, total=TOTAL)
    return cohort, CohortOf(cohort.id, cohort.course_id, Measure.of(TOTAL, cohort.starts_at, cohort.ends_at, now))


async def everybody(school: School, cohort: CohortOf, wanted: RosterFilter | None = None) -> list[RosterLine]:
    async with school.platform.db.read(school.tenant_id) as rx:
        return list((await learning.roster_page(rx, cohort, wanted or RosterFilter(), sort="name", limit=10_000)).lines)


async def test_the_figures_are_those_of_the_rules_over_everybody(school: School, clock: MovableClock) -> None:
    _, cohort = await crowded(school, clock)
    measure, people = cohort.measure, await everybody(school, cohort)
    expected = Counter(
        (measure.group(each.done, each.seen_at), measure.need(each.done, each.seen_at), each.done) for each in people
    )
    async with school.platform.db.read(school.tenant_id) as rx:
        figures = await learning.roster_figures(rx, cohort)
    assert {(each.group, each.need, each.done): each.people for each in figures} == dict(expected)
    assert {each.group for each in figures} == set(PaceGroup) - {PaceGroup.IDLE}
    for need in Need:
        own = [each for each in figures if each.need is need]
        told = {learner for each in own for learner in each.some}
        assert len(told) == 3
        assert told <= {each.learner_id for each in people if measure.need(each.done, each.seen_at) is need}
        seen = [each.seen_at for each in people if measure.need(each.done, each.seen_at) is need]
        assert sum(each.never_seen for each in own) == seen.count(None)


async def test_without_dates_and_without_lessons_the_rules_hold_too(school: School, clock: MovableClock) -> None:
    _, dated = await crowded(school, clock, people=60)
    for total in (TOTAL, 0):
        measure = Measure.of(total, None, None, clock.now())
        cohort = CohortOf(dated.cohort_id, dated.course_id, measure)
        people = await everybody(school, cohort)
        async with school.platform.db.read(school.tenant_id) as rx:
            figures = await learning.roster_figures(rx, cohort)
        counts: Counter[PaceGroup] = Counter()
        for each in figures:
            counts[each.group] += each.people
        assert counts == Counter(measure.group(each.done, each.seen_at) for each in people)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", learning.ROSTER_SORTS)
async def test_pages_show_everybody_once_there_and_back(
    school: School, clock: MovableClock, sort: str, descending: bool
) -> None:
    _, cohort = await crowded(school, clock, people=90)
    forth: list[list[UUID]] = []
    async with school.platform.db.read(school.tenant_id) as rx:

        async def page(**where: str | None) -> learning.RosterPage:
            return await learning.roster_page(
                rx, cohort, RosterFilter(), sort=sort, descending=descending, limit=25, **where
            )

        found = await page()
        assert found.before is None
        assert found.matching == 90
        while True:
            forth.append([each.enrollment_id for each in found.lines])
            if found.after is None:
                break
            found = await page(after=found.after)
        back = [forth[-1]]
        while found.before is not None:
            found = await page(before=found.before)
            back.append([each.enrollment_id for each in found.lines])
            assert found.after is not None
    assert [len(each) for each in forth] == [25, 25, 25, 15]
    assert len({each for own in forth for each in own}) == 90
    assert back == forth[::-1]


async def test_who_needs_somebody_comes_first_and_orders_turn_round(school: School, clock: MovableClock) -> None:
    _, cohort = await crowded(school, clock)
    async with school.platform.db.read(school.tenant_id) as rx:
        first = await learning.roster_page(rx, cohort, RosterFilter(), limit=1_000)
        last = await learning.roster_page(rx, cohort, RosterFilter(), sort="seen", descending=True, limit=1_000)
        best = await learning.roster_page(rx, cohort, RosterFilter(), sort="reached", descending=True, limit=1_000)
    groups = [cohort.measure.group(each.done, each.seen_at) for each in first.lines]
    assert groups == sorted(groups, key=list(PaceGroup).index)
    moments = [each.seen_at for each in last.lines]
    assert moments[-1] is None
    known = [each for each in moments if each is not None]
    assert known == sorted(known, reverse=True)
    assert [each.done for each in best.lines] == sorted((each.done for each in best.lines), reverse=True)


async def test_filters_narrow_pages_counts_and_seats_alike(school: School, clock: MovableClock) -> None:
    _, cohort = await crowded(school, clock)
    measure, people = cohort.measure, await everybody(school, cohort)
    cases = {
        RosterFilter("AMIRA"): [each for each in people if each.name.lower() == "amira haddad"],
        RosterFilter("o'hara.1"): [each for each in people if "o'hara.1" in each.email.lower()],
        RosterFilter(group=PaceGroup.DONE): [each for each in people if each.done == TOTAL],
        RosterFilter("leif", PaceGroup.BEHIND, Need.SILENT): [
            each
            for each in people
            if each.name == "Leif Strand" and measure.need(each.done, each.seen_at) is Need.SILENT
            if measure.group(each.done, each.seen_at) is PaceGroup.BEHIND
        ],
        RosterFilter("nobody at all"): [],
    }
    async with school.platform.db.read(school.tenant_id) as rx:
        for wanted, expected in cases.items():
            page = await learning.roster_page(rx, cohort, wanted, limit=5)
            assert page.matching == len(expected), wanted
            assert set(await learning.roster_seats(rx, cohort, wanted)) == {each.enrollment_id for each in expected}


async def test_a_strange_cursor_is_refused(school: School, clock: MovableClock) -> None:
    _, cohort = await crowded(school, clock, people=3)
    async with school.platform.db.read(school.tenant_id) as rx:
        for cursor in ("nonsense", "W10", "WzEsIlx1MDAwMCIsIjAxOTI4ZjYyLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMCJd"):
            with pytest.raises(Invalid):
                await learning.roster_page(rx, cohort, RosterFilter(), after=cursor)


async def test_another_school_finds_nobody(school: School, other_school: School, clock: MovableClock) -> None:
    _, cohort = await crowded(school, clock, people=5)
    async with other_school.platform.db.read(other_school.tenant_id) as rx:
        assert await learning.roster_figures(rx, cohort) == []
        assert (await learning.roster_page(rx, cohort, RosterFilter())).lines == []
        assert await learning.roster_seats(rx, cohort, RosterFilter()) == []
