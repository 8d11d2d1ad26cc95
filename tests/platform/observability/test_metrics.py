"""`/metrics`: what it shows, to whom, and that nobody can make it grow."""

import asyncio
import contextlib
import secrets
import socket

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from scholr.contexts.media.policy import UPLOADS
from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.flags.rules import Rule, Scope, ordered
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.observability import exposition, signals, worker_metrics
from scholr.platform.observability.objectives import OBJECTIVES, Kind
from scholr.platform.observability.settings import SignalSettings
from scholr.platform.observability.signals import Signals
from scholr.platform.observability.trace import Part
from scholr.platform.observability.worker_metrics import metrics_server
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from tests.support.client import api_client
from tests.support.database import TestDatabase
from tests.support.school import School

OPEN_METRICS = {"accept": "application/openmetrics-text; version=1.0.0"}


def _production(database: TestDatabase, *, operator: str = "", metrics: str = "") -> Platform:
    return build_platform(
        PlatformSettings(
            DatabaseSettings(database.app, pool_size=1),
            HttpSettings(Profile.PRODUCTION, "127.0.0.1", 8080, "https://school.example", operator_token=operator),
            KeyRing((secrets.token_bytes(32),)),
            signals=SignalSettings(metrics_token=metrics),
        )
    )


async def test_requests_are_counted_by_template_and_class(platform: Platform, school: School) -> None:
    missing = "0192aaaa-0000-7000-8000-000000000001"
    async with api_client(platform, school.tenant_id) as client:
        await client.get("/api/users")
        await client.get(f"/api/courses/{missing}")
        await client.get("/no/such/place")
        page = await client.get("/metrics", headers=OPEN_METRICS)
    assert page.headers["content-type"].startswith("application/openmetrics-text")
    samples = {
        (each.name, *(each.labels[name] for name in sorted(each.labels))): each
        for family in text_string_to_metric_families(page.text)
        for each in family.samples
    }
    assert samples["scholr_http_requests_total", "api", "GET", "/api/users", "2xx"].value == 1
    assert samples["scholr_http_requests_total", "api", "GET", "/api/courses/{course_id}", "4xx"].value == 1
    assert samples["scholr_http_requests_total", "other", "GET", "unmatched", "4xx"].value == 1
    assert samples["scholr_class_requests_total", "api", "refused"].value == 1
    assert samples["scholr_http_requests_in_flight",].value == 1  # the scrape itself
    assert samples["scholr_pool_size", ""].value == 5
    exemplars = [each.exemplar for key, each in samples.items() if key[0].endswith("_bucket") and each.exemplar]
    assert exemplars and all(len(each.labels["trace_id"]) == 32 for each in exemplars)
    assert missing not in page.text
    assert str(school.tenant_id) not in page.text


async def test_one_organisations_figures_come_on_demand(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        await client.get("/api/users")
        page = await client.get(f"/metrics?tenant={school.tenant_id}")
        unknown = await client.get("/metrics?tenant=0192aaaa-0000-7000-8000-000000000001")
        nonsense = await client.get("/metrics?tenant=everybody")
    assert 'scholr_tenant_requests_total{class="api",outcome="ok"} 1.0' in page.text
    assert (unknown.status_code, nonsense.status_code) == (404, 404)


@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer wrong", "Basic reader", "Bearer operator2"])
async def test_in_production_strangers_find_nothing(database: TestDatabase, sent: str) -> None:
    platform = _production(database, operator="operator", metrics="reader")
    async with api_client(platform) as client:
        answer = await client.get("/metrics", headers={"authorization": sent} if sent else {})
    await platform.db.close()
    assert answer.status_code == 404


@pytest.mark.parametrize("token", ["operator", "reader"])
async def test_in_production_a_token_opens_them(database: TestDatabase, token: str) -> None:
    platform = _production(database, operator="operator", metrics="reader")
    async with api_client(platform) as client:
        answer = await client.get("/metrics", headers={"authorization": f"Bearer {token}"})
    await platform.db.close()
    assert answer.status_code == 200
    assert "scholr_process_start_time_seconds" in answer.text


async def test_in_production_without_a_token_they_are_closed(database: TestDatabase) -> None:
    platform = _production(database)
    async with api_client(platform) as client:
        answers = [await client.get("/metrics", headers={"authorization": sent}) for sent in ("Bearer ", "Bearer x")]
    await platform.db.close()
    assert [each.status_code for each in answers] == [404, 404]


def _count(found: Signals, method: str, template: str, tenant: str = "") -> None:
    found.answered(method, template, 200, 0.01, Part(found.tracer, "request", "server", None), tenant)


def test_new_methods_and_paths_make_no_new_series() -> None:
    found = Signals()
    for number in range(5000):
        _count(found, f"M{number}", "unmatched")
        _count(found, "GET", f"/made/{number}")
    assert len(found.routes) <= signals.MOST_ROUTES + 1
    assert found.folded >= 5000
    assert sum(sum(each.by_status) for each in found.routes.values()) == 10_000


def test_organisations_are_remembered_up_to_a_bound() -> None:
    found = Signals()
    for number in range(3 * signals.MOST_TENANTS):
        _count(found, "GET", "/learn", "the busy one")
        _count(found, "GET", "/learn", f"tenant {number}")
    busy = found.tenant("the busy one")
    assert busy is not None and busy["page"].requests == 3 * signals.MOST_TENANTS
    assert found.tenant("tenant 0") is None
    assert found.tenants_let_go > 0


def test_a_capability_that_tells_too_much_is_cut_off() -> None:
    found = Signals()
    found.watch("loud", lambda: [{"name": str(number), "value": number} for number in range(5000)])
    shown = [each for family in exposition.families(found) for each in family.samples if "loud" in each.name]
    assert 0 < len(shown) < 500
    assert found.folded == 1


def test_a_snapshots_words_and_numbers_become_series() -> None:
    rows = exposition.flattened([{"dependency": "mail", "breaker": "open", "calls": 3, "last_error": "Timeout"}])
    assert list(rows) == [("breaker_open", "mail", 1.0), ("calls", "mail", 3.0)]


async def _get(port: int, head: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head}\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


async def test_a_worker_answers_on_a_port_of_its_own(database: TestDatabase) -> None:
    platform = _production(database, metrics="reader")
    async with metrics_server(platform, "127.0.0.1", _free_port()) as port:
        allowed = await _get(port, "GET /metrics HTTP/1.1\r\nAuthorization: Bearer reader")
        stranger = await _get(port, "GET /metrics HTTP/1.1")
        elsewhere = await _get(port, "GET / HTTP/1.1\r\nAuthorization: Bearer reader")
        noise = await _get(port, "\x16\x03\x01")
    await platform.db.close()
    assert allowed.startswith(b"HTTP/1.1 200") and b"scholr_event_loop_lag_seconds" in allowed
    assert stranger.startswith(b"HTTP/1.1 404") and elsewhere.startswith(b"HTTP/1.1 404")
    assert noise == b""


async def test_who_does_not_read_is_let_go(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a worker that ends would wait for them (the server's `wait_closed`, since Python 3.12)."""
    whole = 64_000_000
    monkeypatch.setattr(worker_metrics, "_SECONDS", 0.3)
    monkeypatch.setattr(worker_metrics, "exposition", lambda *_asked: (b"x" * whole, "text/plain"))
    platform = _production(database, metrics="reader")
    async with metrics_server(platform, "127.0.0.1", _free_port()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
        writer.write(b"GET /metrics HTTP/1.1\r\nAuthorization: Bearer reader\r\n\r\n")
        await asyncio.sleep(0.6)
        got = 0
        with contextlib.suppress(ConnectionResetError):
            while part := await reader.read(1_000_000):
                got += len(part)
        writer.close()
    await platform.db.close()
    assert 0 < got < whole


async def test_the_pool_says_who_waits(database: TestDatabase) -> None:
    platform = _production(database)
    async with platform.db.read(None):
        waiting = asyncio.create_task(platform.db.schema_revision())
        await asyncio.sleep(0.05)
        during = platform.db.pool()
    await waiting
    after = platform.db.pool()
    await platform.db.close()
    assert (during.size, during.in_use, during.waiting) == (1, 1, 1)
    assert (after.in_use, after.waiting, after.waited) == (0, 0, 1)
    assert after.waited_seconds > 0.03


async def test_what_fails_before_it_reaches_its_route_counts_against_it(platform: Platform, school: School) -> None:
    """The database is away: nobody can be recognised, and every class has to show it."""
    missing = "0192aaaa-0000-7000-8000-000000000001"
    await platform.db.close()
    async with api_client(platform, school.tenant_id) as client:
        vars(platform.db._pool)["_engine"] = _DeadEngine()
        answer = await client.get(f"/learn/courses/{missing}/lessons/{missing}")
        nowhere = await client.get(f"/nowhere/{missing}")
    assert (answer.status_code, nowhere.status_code) == (503, 503)
    assert platform.signals.classes["lesson"].failed == 1
    templates = {route.template for route in platform.signals.routes.values()}
    assert templates == {"/learn/courses/{course_id}/lessons/{lesson_id}", "unmatched"}


class _DeadEngine:
    """What opens connections, when the server is gone."""

    async def connect(self) -> None:
        raise ConnectionRefusedError

    async def dispose(self) -> None:
        pass


async def test_what_an_operator_switched_off_spends_no_budget(platform: Platform, school: School) -> None:
    """People are told 503, which programs understand; the objective's share is of what was meant to work."""
    platform.flags._rules = ordered([Rule(key=UPLOADS.key, scope=Scope.KILL)])
    file = {"filename": "a.png", "size": 10, "content_type": "image/png", "alt": "A dot"}
    async with api_client(platform, school.tenant_id) as client:
        answer = await client.post("/api/media/uploads", json=file)
    assert (answer.status_code, answer.json()["code"]) == (503, "switched_off")
    counted = platform.signals.classes["api"]
    assert (counted.ok, counted.refused, counted.failed) == (0, 1, 0)
    assert platform.signals.routes["POST", "/api/media/uploads"].by_status[5] == 1, "the route's own figures tell it"
    pages = next(each for each in OBJECTIVES if "api" in each.of and each.kind is Kind.FAILING)
    assert pages.count(counted.ok, counted.failed, counted.buckets) == (0, 0)
    (told,) = [each for tenant, each in platform.signals.tenant_totals().items() if tenant == str(school.tenant_id)]
    assert told[:3] == (1, 1, 0)
