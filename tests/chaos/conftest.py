"""The report that all drills of a run share; printed when the run ends."""

import pytest
from rich.console import Console

from tests.chaos.report import Report

_REPORT = pytest.StashKey[Report]()


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Report:
    return request.config.stash.setdefault(_REPORT, Report())


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(config: pytest.Config) -> None:
    found = config.stash.get(_REPORT, None)
    if found is not None and found.rows:
        found.print(Console(width=150))
        found.keep(config.rootpath)
