"""A deployment with its worker, and a real browser."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.browser import how_to_launch
from tests.support.database import TestDatabase
from tests.support.server import running_server


@pytest.fixture(scope="module")
def database(make_database: Callable[[str], TestDatabase]) -> TestDatabase:
    """Of one module of journeys alone: its worker takes whatever event and job it finds."""
    return make_database(f"journeys_{secrets.token_hex(4)}")


@pytest.fixture(scope="module")
def address(database: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the deployment answers."""
    with running_server(database, tmp_path_factory.mktemp("deployment"), with_worker=True) as found:
        yield found


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    """Started after the deployment and ended with the module: the driver keeps a loop running in this thread, in
    which neither a database could be made nor another module's async tests could run."""
    assert address
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(**how_to_launch())
        yield started
        started.close()
