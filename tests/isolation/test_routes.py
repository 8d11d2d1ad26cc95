"""No route gives anything of another tenant, nor a hint that there is something: every route, every id.

Routes are found by asking the application, so that a new one is covered the day it is written. Each request is
sent three times: with our own ids, where it must succeed in finding something; with the other school's; with
ids that nobody has. The last two answers must be the same: not found.
"""

from scholr.kernel.actor import Role
from tests.isolation.harvest import page_templates
from tests.isolation.sweep import askers, json_templates, sweep_problems
from tests.support.populated import LiveWorld


async def test_no_json_route_finds_what_belongs_to_another_tenant(world: LiveWorld) -> None:
    found = await json_templates(world)
    assert len(found) > 80
    problems = [problem for template in found async for problem in sweep_problems(world, template, askers(world))]
    assert not problems, "\n".join(problems)


async def test_no_page_finds_what_belongs_to_another_tenant(world: LiveWorld) -> None:
    found = await page_templates(world)
    assert len(found) > 100
    people = [asker for asker in askers(world) if asker.name in list(Role)]
    problems = [problem for template in found async for problem in sweep_problems(world, template, people)]
    assert not problems, "\n".join(problems)
