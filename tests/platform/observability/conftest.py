"""A platform on a database of its own: figures belong to the whole deployment, and tests share one otherwise."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.mail.local import LocalMailer
from scholr.platform.observability.settings import SignalSettings
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import attach, detach


@pytest.fixture
async def alone(own_database: TestDatabase, clock: MovableClock, tmp_path: Path) -> AsyncIterator[Platform]:
    settings = PlatformSettings(
        DatabaseSettings(own_database.app, pool_size=3),
        HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080"),
        KeyRing((secrets.token_bytes(32),)),
        mailer=LocalMailer(tmp_path / "mail"),
        signals=SignalSettings(service="web"),
    )
    built = build_platform(settings, clock=clock)
    await attach(built, own_database.worker)
    yield built
    await detach(built)
    await built.db.close()
