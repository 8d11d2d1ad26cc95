"""Real requests with personal data in every place: nothing of it leaves by log, span or metric."""

import io
import logging
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from scholr.contexts.identity.events import OrganizationCreated
from scholr.entrypoints.logs import configure_logging, send_logs_to
from scholr.entrypoints.wiring import PlatformSettings, build_platform, live_modules
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.db.unit import WriteUnit
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.mail.local import LocalMailer
from scholr.platform.module import Module, Subscription
from scholr.platform.observability.exposition import exposition
from scholr.platform.observability.otlp import OtlpTelemetry
from scholr.platform.observability.reporter import Reporter
from scholr.platform.observability.settings import SignalSettings
from scholr.platform.observability.trace import TraceSettings
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from tests.support.client import api_client
from tests.support.clock import MovableClock
from tests.support.collector import Collector, attributes, running_collector
from tests.support.database import TestDatabase
from tests.support.delivery import attach, detach, settle

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NAME, MAIL, SECRET = "Maya Thistledown", "maya.thistledown@example.org", "a secret of hers"
PERSONAL = ("Thistledown", "maya.", SECRET, "quill-and-ink")


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running_collector() as found:
        yield found


@pytest.fixture
async def seen(own_database: TestDatabase, collector: Collector, tmp_path: Path) -> AsyncIterator[Platform]:
    """A platform that exports every trace."""
    built = build_platform(
        PlatformSettings(
            DatabaseSettings(own_database.app, pool_size=3),
            HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080"),
            KeyRing((secrets.token_bytes(32),)),
            mailer=LocalMailer(tmp_path / "mail"),
            signals=SignalSettings(
                service="web", otlp_endpoint=collector.url, trace=TraceSettings(ratio=1.0, most_each_second=10_000)
            ),
        ),
        clock=MovableClock(),
    )
    await attach(built, own_database.worker)
    yield built
    await detach(built)
    await built.db.close()
    assert built.signals.telemetry is not None
    built.signals.telemetry.shut_down()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged meanwhile."""
    kept = io.StringIO()
    monkeypatch.setattr(sys, "stderr", kept)
    configure_logging()
    try:
        yield kept
    finally:
        monkeypatch.undo()
        send_logs_to(None)
        configure_logging()


def _flush(platform: Platform) -> None:
    telemetry = platform.signals.telemetry
    assert isinstance(telemetry, OtlpTelemetry)
    telemetry.flush()


async def _take_note(_tx: WriteUnit, _event: OrganizationCreated) -> None:
    structlog.get_logger("test").info("noted")


CONSUMER = Module("testing", subscriptions=[Subscription("testing.reader", OrganizationCreated, _take_note)])


async def _live(platform: Platform) -> str:
    """A school in which a person appears in bodies, paths, queries, headers, events, mail and errors."""
    async with api_client(platform) as client:
        opened = await client.post("/api/organizations", json={"name": "Elm"}, headers={"traceparent": PARENT})
        tenant = str(opened.json()["id"])
        client.headers["x-tenant-id"] = tenant
        person = {"email": MAIL, "name": NAME, "role": "learner"}
        await client.post("/api/users", json=person)
        await client.post("/api/users", json=person)
        await client.post("/api/invitations", json={"email": MAIL, "role": "learner"})
        await client.get(f"/api/users?q={NAME}", headers={"user-agent": SECRET})
        await client.get(f"/people/{MAIL}")
        await client.post("/sign-in", data={"email": MAIL, "password": "quill-and-ink"})
        await client.post("/api/password-resets", json={"email": MAIL})
    await settle(platform, modules=[*live_modules(), CONSUMER])
    return tenant


async def test_nothing_personal_leaves(seen: Platform, collector: Collector, lines: io.StringIO) -> None:
    send_logs_to(seen.signals.telemetry)
    tenant = await _live(seen)
    log, foreign = structlog.get_logger("test"), logging.getLogger("library")
    try:
        raise ValueError(f'duplicate key\nDETAIL:  Key (email)=({MAIL}) of "{NAME}" already exists.')
    except ValueError:
        log.exception("told by us", about=MAIL)
        foreign.exception("told by a library about %s", MAIL)
    assert await Reporter(seen, (seen.db,)).flush()
    _flush(seen)
    kept = {
        "logs": lines.getvalue(),
        "exported": "\n".join(collector.received),
        "metrics": exposition(seen.signals, "")[0].decode(),
        "statements": repr(seen.db.statements.snapshot()),
    }
    found = {(where, word) for where, text in kept.items() for word in PERSONAL if word in text}
    assert not found
    assert "told by us" in kept["logs"] and "told by a library" in kept["logs"] and "ValueError" in kept["logs"]
    assert len(collector.spans) > 50 and len(collector.metrics) > 10 and len(collector.logs) >= 2
    assert tenant in kept["exported"]


async def test_one_trace_leads_from_the_request_through_statements_to_handlers(
    seen: Platform, collector: Collector
) -> None:
    await _live(seen)
    _flush(seen)
    trace_id = PARENT.split("-")[1]
    mine = {span.span_id.hex(): span for span in collector.spans if span.trace_id.hex() == trace_id}
    (server,) = [span for span in mine.values() if span.kind == span.SPAN_KIND_SERVER]
    assert server.name == "POST /api/organizations"
    assert server.parent_span_id.hex() == PARENT.split("-")[2]
    assert attributes(server)["http.route"] == "/api/organizations"
    assert attributes(server)["http.response.status_code"] == 201
    statements = [span for span in mine.values() if span.parent_span_id == server.span_id]
    assert {"begin", "commit"} <= {span.name for span in statements}
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in mine.values())
    (handler,) = [span for span in mine.values() if span.name == "event testing.reader"]
    assert handler.parent_span_id == server.span_id
    assert attributes(handler)["scholr.actor_kind"] == "system"
    mails = [span for span in collector.spans if span.name == "mail"]
    jobs = {span.span_id for span in collector.spans if span.name.startswith("job ")}
    assert mails and all(span.parent_span_id in jobs for span in mails)


async def test_an_exemplar_leads_from_a_duration_to_the_trace(seen: Platform, collector: Collector) -> None:
    await _live(seen)
    await Reporter(seen, (seen.db,)).flush()
    _flush(seen)
    (durations,) = [each for each in collector.metrics if each.name == "scholr_class_duration_seconds"]
    points = [each for point in durations.histogram.data_points for each in point.exemplars]
    requests = {(span.trace_id, span.span_id) for span in collector.spans if span.kind == span.SPAN_KIND_SERVER}
    assert points and all(each.as_double > 0 and each.time_unix_nano > 0 for each in points)
    assert {(each.trace_id, each.span_id) for each in points} <= requests


async def test_lines_of_a_request_carry_its_context(seen: Platform, lines: io.StringIO) -> None:
    with seen.signals.tracer.part("request", "server", PARENT, lambda: {"http.route": "/x", "scholr.tenant_id": "t"}):
        structlog.get_logger("test").warning("inside")
        logging.getLogger("library").warning("inside a library")
    structlog.get_logger("test").warning("outside")
    ours, theirs, outside = lines.getvalue().splitlines()
    for line in (ours, theirs):
        assert '"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"' in line
        assert '"route": "/x"' in line and '"tenant_id": "t"' in line
    assert "trace_id" not in outside
