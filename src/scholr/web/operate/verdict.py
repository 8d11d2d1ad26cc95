"""The sentence at the top: whether all is well, and if not, where, since when and what to do. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scholr.platform.observability.objectives import OBJECTIVES
from scholr.platform.observability.queries import Budget, ProcessView
from scholr.web.localisation import clock, day, here, number, percent, plural
from scholr.web.operate.dependencies_view import DependencyView
from scholr.web.operate.services import Health, Strip

_PROMISED = {objective.name: objective.within for objective in OBJECTIVES}
LATE_EVENTS, LATE_MAIL = _PROMISED["events"], _PROMISED["mail"]
"""Seconds that something may wait."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`short` fits after “All is well, except”; `title` stands alone. `runbook` is the name of a file in
    docs/operations/runbooks. Only what is `grave` takes “All is well” away."""

    title: str
    short: str
    text: str
    href: str
    grave: bool = True
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`tone` is good, warn or bad."""

    title: str
    lede: str
    tone: str
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the sentence is made of. `heard_at` is when any process last reported; None: never."""

    now: datetime
    heard_at: datetime | None
    is_stale: bool
    strips: Sequence[Strip]
    backlog: Mapping[str, float]
    dependencies: Sequence[DependencyView]
    lost: Sequence[ProcessView]
    alive: Sequence[ProcessView]
    budgets: Sequence[Budget]
    switched_off: Sequence[str] = ()


def verdict_of(situation: Situation) -> Verdict:
    if situation.heard_at is None:
        return Verdict("No figures yet", _NOT_YET, "warn", ())
    problems = [problem for find in _FINDERS for problem in find(situation)]
    grave = [problem for problem in problems if problem.grave]
    if grave:
        others = len(problems) - 1
        more = f", and {plural(others, 'other thing', 'other things')}" if others else ""
        return Verdict(f"{grave[0].title}{more}", grave[0].text, "bad", _first(grave[0], problems))
    if problems:
        names = " and ".join(problem.short for problem in problems[:2])
        many = len(problems) > 2
        title = (
            f"All is well, except {plural(len(problems), 'thing', 'things')}"
            if many
            else f"All is well, except {names}"
        )
        return Verdict(title, problems[0].text, "warn", problems)
    return Verdict("All is well", _well(situation), "good", ())


_NOT_YET = (
    "Each process writes down what it counted every ten seconds. The first figures come when web and worker have run "
    "for that long."
)


def _first(problem: Problem, problems: Sequence[Problem]) -> list[Problem]:
    return [problem, *(each for each in problems if each is not problem)]


def _well(situation: Situation) -> str:
    asked = sum(cell.asked for strip in situation.strips if not strip.service.looks for cell in strip.cells)
    bad = sum(cell.bad for strip in situation.strips if not strip.service.looks for cell in strip.cells)
    said = "Nothing was asked for in the last hour."
    if asked:
        how = "all in time" if not bad else f"{number(bad)} of them late or failed"
        said = f"{plural(asked, 'answer', 'answers')} in the last hour, {how}."
    services = [process.service for process in situation.alive]
    web, workers = services.count("web"), services.count("worker")
    running = f"{plural(web, 'web process', 'web processes')} and {plural(workers, 'worker', 'workers')}"
    return f"{said} {running} report; nothing waits that should not."


def _stale(situation: Situation) -> Iterator[Problem]:
    if situation.is_stale and situation.heard_at is not None:
        yield Problem(
            f"The figures stopped at {when(situation.heard_at)}",
            "the figures",
            "No process has reported since. What stands below is how things were then; whether people are affected "
            "cannot be seen from here.",
            "#processes",
            runbook="ScholrSilent",
        )


def _services(situation: Situation) -> Iterator[Problem]:
    for strip in situation.strips:
        if not strip.now.is_trouble or strip.since is None:
            continue
        last = next(cell for cell in reversed(strip.cells) if cell.health.is_trouble)
        how = "fails" if strip.now is Health.FAILING else "is slow"
        runbook = "ScholrFailing" if strip.now is Health.FAILING else "ScholrSlow"
        if strip.service.looks:
            how, runbook = "is late", "ScholrMailLate" if strip.service.key == "mail" else "ScholrEventsLate"
        yield Problem(
            f"{strip.service.doing} {how} since {when(strip.since)}",
            strip.service.name.lower(),
            f"{number(last.bad)} of {number(last.asked)} in five minutes from {clock(last.at)} were not as promised.",
            f"/operate/services/{strip.service.key}",
            runbook=runbook,
        )


def _queues(situation: Situation) -> Iterator[Problem]:
    backlog = situation.backlog
    told = {strip.service.key for strip in situation.strips if strip.now.is_trouble}
    if not backlog["workers"]:
        yield Problem(
            "No worker runs",
            "the worker",
            "Events, jobs and mail wait until one does; pages go on working. Nothing is lost.",
            "/operate/queues",
            runbook="ScholrEventsLate",
        )
    elif backlog["events_oldest_seconds"] > LATE_EVENTS and "events" not in told:
        waiting = plural(int(backlog["events_waiting"]), "event waits", "events wait")
        age = spoken(backlog["events_oldest_seconds"])
        text = f"{waiting}, the oldest for {age}. Reports, certificates and messages come late."
        yield Problem("Events wait", "events", text, "/operate/queues", runbook="ScholrEventsLate")
    if backlog["mail_oldest_seconds"] > LATE_MAIL and "mail" not in told:
        waiting = plural(int(backlog["mail_waiting"]), "letter waits", "letters wait")
        text = f"{waiting}, the oldest for {spoken(backlog['mail_oldest_seconds'])}. They leave by themselves."
        yield Problem("Mail waits", "mail", text, "/operate/queues", grave=False, runbook="ScholrMailLate")


def _dependencies(situation: Situation) -> Iterator[Problem]:
    for view in situation.dependencies:
        if view.breaker not in ("open", "half_open") or view.worst is None:
            continue
        next_try = "The next call finds out whether it works again. " if view.breaker == "half_open" else ""
        opened = f"Its breaker opened at {when(view.worst.since)} and has not closed since."
        yield Problem(
            f"{view.name} does not answer",
            view.name.lower(),
            f"{opened} {next_try}Meanwhile: {view.policy.fallback}",
            "/operate/dependencies",
            grave=view.key.value == "database",
        )


def _processes(situation: Situation) -> Iterator[Problem]:
    if situation.is_stale or not situation.lost:
        return
    first = min(situation.lost, key=lambda each: each.seen_at)
    yield Problem(
        f"A {first.service} process fell silent at {when(first.seen_at)}",
        f"a {first.service} process",
        f"{first.facts.get('host', 'It')} said nothing since, and did not say that it would stop. Others carry on.",
        "#processes",
        grave=False,
    )


def _left_over(situation: Situation) -> Iterator[Problem]:
    jobs, dead = int(situation.backlog["jobs_failed"]), int(situation.backlog["deliveries_dead"])
    if jobs:
        said = plural(jobs, "job failed", "jobs failed")
        text = f"{said} in every attempt. Read why, mend it, and let them run again."
        yield Problem(said, said.lower(), text, "/operate/queues#troubles", grave=False, runbook="ScholrJobsFailed")
    if dead:
        said = plural(dead, "event could not be delivered", "events could not be delivered")
        text = f"{said} in any attempt. Read why, mend it, and deliver again."
        yield Problem(said, said, text, "/operate/queues#troubles", grave=False, runbook="ScholrDeadLetters")


def _budgets(situation: Situation) -> Iterator[Problem]:
    for budget in situation.budgets:
        if budget.left >= 0 or not budget.total:
            continue
        yield Problem(
            f"A budget is spent: {budget.objective.sentence}",
            "a budget that is spent",
            f"{budget.objective.sentence.rstrip('.')}: this month only {percent(budget.good / budget.total, 2)} did.",
            "#budgets",
            grave=False,
            runbook="ScholrBudgetRunsOut",
        )


def _switches(situation: Situation) -> Iterator[Problem]:
    for name in situation.switched_off:
        yield Problem(
            f"{name} is switched off",
            f"{name[:1].lower()}{name[1:]}",
            "An operator has switched it off for everybody; it comes back when one switches it on again.",
            "/operate/flags",
            grave=False,
        )


_FINDERS = (_stale, _services, _queues, _dependencies, _processes, _switches, _left_over, _budgets)


def when(at: datetime) -> str:
    """The time of day, with the day where it is not today's."""
    viewer = here()
    today = viewer.now.astimezone(viewer.time_zone).date() == at.astimezone(viewer.time_zone).date()
    return clock(at) if today else f"{clock(at)} on {day(at)}"


def spoken(seconds: float) -> str:
    """A span of time in its largest unit, as people say it."""
    for size, one, many in ((86400, "day", "days"), (3600, "hour", "hours"), (60, "minute", "minutes")):
        if seconds >= size:
            return plural(int(seconds // size), one, many)
    return plural(int(seconds), "second", "seconds")
