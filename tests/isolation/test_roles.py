"""Who may call what: every JSON route as every role, compared with the table that people have agreed on.

`roles.txt` is that table, made from real calls. A change of it is a change of who may do what: run the test with
SCHOLR_WRITE_ROLES=1, look at the difference, and commit it on purpose.
"""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from scholr.entrypoints.wiring import live_modules
from scholr.kernel.actor import Role
from scholr.platform.security.permissions import Permission
from tests.isolation.known import CAPABILITIES
from tests.isolation.public import PUBLIC
from tests.isolation.sending import ours, send_undone
from tests.isolation.templates import template_of
from tests.support.endpoints import Endpoint, surface_of
from tests.support.populated import LiveWorld, PopulatedWorld, enter

TABLE = Path(__file__).with_name("roles.txt")

OWN_AFFAIRS = (
    "/api/me",
    "/api/tokens",
    "/api/cohorts/{cohort_id}/enrollments",
    "/api/courses/{course_id}/enrollments",
    "/api/enrollments/{enrollment_id}/withdraw",
)
"""Where everybody writes something of their own: the account, tokens, and a seat for oneself."""

LEARNERS_WRITE = (
    *OWN_AFFAIRS,
    "/api/assessments/{assessment_id}/attempts",
    "/api/attempts/{attempt_id}/answers",
    "/api/attempts/{attempt_id}/submit",
    "/api/courses/{course_id}/lessons/{lesson_id}/",
    "/api/notes",
    "/api/sync",
)
"""What learners change: their own work."""

CHANGES_NOTHING = frozenset({"POST /api/attempts/{attempt_id}/receipts/verify"})
"""Asked with a body, and nothing is written."""


@dataclass(frozen=True, slots=True)
class Row:
    """`refused` names the permission that the others lack, where the refusal says so."""

    endpoint: Endpoint
    allowed: frozenset[Role]
    refused: frozenset[str]

    @property
    def line(self) -> str:
        names = " ".join(role for role in Role if role in self.allowed) or "nobody"
        because = f" ({', '.join(sorted(self.refused))})" if self.refused else ""
        return f"{self.endpoint.name}: {names}{because}"


async def _rows(world: LiveWorld) -> list[Row]:
    surface = await surface_of(world.app)
    found = []
    for endpoint in surface.endpoints:
        if not endpoint.is_api or endpoint.name in PUBLIC or set(endpoint.parameters) & set(CAPABILITIES):
            continue
        request = template_of(surface, endpoint, world.ours.ids).filled(ours(world))
        answers = {role: await send_undone(world, world.signed_in(role), request) for role in Role}
        allowed = frozenset(role for role, answer in answers.items() if answer.status_code not in (401, 403, 404))
        found.append(Row(endpoint, allowed, frozenset(_permissions(answers.values()))))
    return found


def _permissions(answers: Iterable[httpx.Response]) -> Iterable[str]:
    for answer in answers:
        if answer.status_code == 403 and "permission" in answer.json():
            yield str(answer.json()["permission"])


@pytest.fixture(scope="module")
def rows(populated: PopulatedWorld) -> list[Row]:
    """Asked once for all tests of this file."""

    async def ask() -> list[Row]:
        async with enter(populated) as world:
            return await _rows(world)

    return asyncio.run(ask())


def test_each_route_lets_in_the_roles_of_the_table(rows: list[Row]) -> None:
    permissions = {each.name: each for module in live_modules() for each in module.permissions}
    lines = [*(row.line for row in rows), "", *(_permission_line(each) for each in permissions.values())]
    if os.environ.get("SCHOLR_WRITE_ROLES"):
        TABLE.write_text("\n".join(lines) + "\n")
    assert lines == TABLE.read_text().splitlines()


def test_nobody_gets_past_the_permission_that_refuses_the_others(rows: list[Row]) -> None:
    permissions = {each.name: each for module in live_modules() for each in module.permissions}
    for row in rows:
        for name in row.refused:
            # For oneself everybody may; the permission that refused is the one for doing it to others.
            own = frozenset(Role) if row.endpoint.path in OWN_AFFAIRS else frozenset()
            intruders = row.allowed - permissions[name].roles - own
            assert not intruders, f"{row.endpoint.name} lets in {intruders}, whom {name} does not allow"


def test_learners_change_their_own_work_only_and_auditors_and_observers_nothing(rows: list[Row]) -> None:
    for row in rows:
        if row.endpoint.method != "GET" and row.endpoint.name not in CHANGES_NOTHING:
            assert Role.OBSERVER not in row.allowed or row.endpoint.path.startswith(OWN_AFFAIRS), row.line
            assert Role.AUDITOR not in row.allowed or row.endpoint.path.startswith(OWN_AFFAIRS), row.line
            assert Role.LEARNER not in row.allowed or row.endpoint.path.startswith(LEARNERS_WRITE), row.line


def _permission_line(permission: Permission) -> str:
    names = " ".join(role for role in Role if role in permission.roles)
    return f"{permission.name} [{permission.scope}]: {names}"
