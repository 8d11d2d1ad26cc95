"""One test for each operation of the JSON API, found by asking the application for its description."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
import schemathesis
from schemathesis.core.result import Ok

from scholr.entrypoints.site import build_http
from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.security.keys import KeyRing
from tests.fuzz.fuzzed import Fuzzed
from tests.support.endpoints import Surface, surface_of
from tests.support.populated import PopulatedWorld, enter

_SURFACE = pytest.StashKey[Surface]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`operation` is one operation of the description."""
    if "operation" not in metafunc.fixturenames:
        return
    schema = schemathesis.openapi.from_dict(dict(_surface(metafunc.config).document))
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    metafunc.parametrize("operation", found, ids=[f"{each.method.upper()} {each.path}" for each in found])


def _surface(config: pytest.Config) -> Surface:
    """Describing itself needs no database, so that collecting the tests does not wait for one."""
    if _SURFACE not in config.stash:
        http = HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080")
        nowhere = DatabaseSettings("postgresql://nobody@localhost:1/nothing")
        platform = build_platform(PlatformSettings(nowhere, http, KeyRing((secrets.token_bytes(32),))))
        config.stash[_SURFACE] = asyncio.run(surface_of(build_http(platform)))
    return config.stash[_SURFACE]


@pytest.fixture(scope="module")
def fuzzed(request: pytest.FixtureRequest, populated: PopulatedWorld) -> Iterator[Fuzzed]:
    """The populated world on an event loop that tests drive one request at a time."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        world = runner.run(stack.enter_async_context(enter(populated)))
        yield Fuzzed(runner, world, _surface(request.config))
        runner.run(stack.aclose())
