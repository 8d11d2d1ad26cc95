"""Fixtures that every test may use: a database, a platform on it, an organisation, a client."""

import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from scholr.entrypoints.logs import configure_logging
from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.platform.db.embedded import EmbeddedPostgres
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.mail.local import LocalMailer
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from scholr.platform.storage.objects import open_store
from scholr.platform.storage.settings import StorageSettings
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase, clone, make_template
from tests.support.delivery import attach, detach
from tests.support.object_server import ObjectServer, start_object_server
from tests.support.populated import LiveWorld, PopulatedWorld, enter, populate
from tests.support.rates import GENEROUS
from tests.support.school import School, open_school


def pytest_configure(config: pytest.Config) -> None:
    """The controller of a parallel run starts the one server that its workers share."""
    configure_logging()
    if hasattr(config, "workerinput"):
        return
    config.stash[_SERVER] = _LazyServer()


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(_SERVER, None)
    if server is not None:
        server.stop()


class _LazyServer:
    """Started when the first test asks, so that a run of pure tests needs no database."""

    def __init__(self) -> None:
        self._postgres: EmbeddedPostgres | None = None
        self.details: dict[str, str] | None = None

    def start(self) -> dict[str, str]:
        if self.details is None:
            self._postgres = EmbeddedPostgres(ephemeral=True)
            dsn = self._postgres.start()
            self.details = {"dsn": dsn, "password": make_template(dsn)}
        return self.details

    def stop(self) -> None:
        if self._postgres is not None:
            self._postgres.stop()


_SERVER = pytest.StashKey[_LazyServer]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: what begins last and takes a minute leaves one core without work for that minute."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """xdist: tell each worker where the shared server is."""
    config: pytest.Config = node.config  # type: ignore[attr-defined]  # xdist ships no types for a node
    node.workerinput["postgres"] = json.dumps(config.stash[_SERVER].start())  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def make_database(request: pytest.FixtureRequest) -> Callable[[str], TestDatabase]:
    """Makes a freshly migrated database; its name is this worker process's own."""
    worker_input = getattr(request.config, "workerinput", None)
    if worker_input is None:
        server, prefix = request.config.stash[_SERVER].start(), "scholr"
    else:
        server, prefix = json.loads(worker_input["postgres"]), f"scholr_{worker_input['workerid']}"
    return lambda name: clone(server["dsn"], server["password"], f"{prefix}_{name}")


@pytest.fixture(scope="session")
def database(make_database: Callable[[str], TestDatabase]) -> TestDatabase:
    """The one that tests of this worker process share. No real worker may serve it: it would take every test's jobs."""
    return make_database("main")


@pytest.fixture
def own_database(make_database: Callable[[str], TestDatabase]) -> TestDatabase:
    """Of this one test, for what would disturb the others (a real worker)."""
    return make_database(f"own_{secrets.token_hex(4)}")


@pytest.fixture(scope="session")
def object_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """A real S3 server of this worker process; started when the first test asks."""
    server = start_object_server(tmp_path_factory.mktemp("objects"))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def platform(database: TestDatabase, clock: MovableClock, tmp_path: Path) -> AsyncIterator[Platform]:
    """The platform as a web process has it, in the demo profile, with a clock that tests may move.

    Events, jobs and mail happen when the test says `await settle(platform)`; `platform.mailer` keeps the mail.
    """
    http = HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080")
    settings = PlatformSettings(
        DatabaseSettings(database.app, pool_size=5),
        http,
        KeyRing((secrets.token_bytes(32),)),
        mailer=LocalMailer(tmp_path / "mail"),
        storage=open_store(StorageSettings(tmp_path / "files")),
        rates=GENEROUS,
    )
    built = build_platform(settings, clock=clock)
    try:
        await attach(built, database.worker)
        yield built
    finally:
        await detach(built)
        await built.db.close()


@pytest.fixture
async def school(platform: Platform) -> School:
    """A new organisation with its owner; tests get a tenant each and never see one another."""
    return await open_school(platform, "Aldersea")


@pytest.fixture
async def other_school(platform: Platform) -> School:
    return await open_school(platform, "Brackwater")


@pytest.fixture(scope="session")
def populated(database: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> PopulatedWorld:
    """Two schools full of objects, made once for all sweeps over everything that the program can be asked."""
    return populate(database, tmp_path_factory.mktemp("populated"))


@pytest.fixture
async def world(populated: PopulatedWorld) -> AsyncIterator[LiveWorld]:
    """The two schools on this test's event loop."""
    async with enter(populated) as found:
        yield found
