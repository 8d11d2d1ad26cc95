"""Whose word is taken on where a request came from."""

import dataclasses
from collections.abc import Iterable

import httpx
import pytest
from pydantic import ValidationError

from scholr.entrypoints.environment import Environment
from scholr.entrypoints.site import build_http
from scholr.platform.http.proxies import ForwardedHeader, TrustedProxies
from scholr.platform.ratelimit.quotas import RateSettings
from scholr.platform.ratelimit.start import start_limits
from scholr.platform.runtime import Platform

NETWORKS = "10.0.0.0/8, 192.0.2.7, fd00::/8"
OURS = TrustedProxies.parsed(NETWORKS)
STANDARD = TrustedProxies.parsed(NETWORKS, ForwardedHeader.FORWARDED)


def lines(*values: str, name: str = "x-forwarded-for") -> Iterable[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for value in values]


@pytest.mark.parametrize(
    ("peer", "sent", "client"),
    [
        # Nobody is believed who is not one of ours.
        ("203.0.113.5", ("198.51.100.1",), "203.0.113.5"),
        ("203.0.113.5", (), "203.0.113.5"),
        # One proxy, two proxies, and the address that the proxy before them wrote.
        ("10.0.0.1", ("203.0.113.5",), "203.0.113.5"),
        ("10.0.0.1", ("203.0.113.5, 10.0.0.2",), "203.0.113.5"),
        ("192.0.2.7", ("203.0.113.5, 10.0.0.2", "10.9.9.9"), "203.0.113.5"),
        ("fd00::1", ("2001:db8::5",), "2001:db8::5"),
        ("::ffff:10.0.0.1", ("203.0.113.5",), "203.0.113.5"),
        # What a client wrote itself stands further left, however much of it there is.
        ("10.0.0.1", ("127.0.0.1, 203.0.113.5",), "203.0.113.5"),
        ("10.0.0.1", ("10.0.0.99, 203.0.113.5",), "203.0.113.5"),
        ("10.0.0.1", ("1.1.1.1", "2.2.2.2, 203.0.113.5"), "203.0.113.5"),
        ("10.0.0.1", (", ".join(["1.1.1.1"] * 5000) + ", 203.0.113.5",), "203.0.113.5"),
        # What is no address ends the reading at the last thing that is known.
        ("10.0.0.1", ("203.0.113.5, unknown",), "10.0.0.1"),
        ("10.0.0.1", ("203.0.113.5, evil.example, 10.0.0.2",), "10.0.0.2"),
        ("10.0.0.1", ("<script>",), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        # All of them ours: a request from inside.
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        # With ports, as some write it, and one spelling for one address.
        ("10.0.0.1", ("203.0.113.5:4711",), "203.0.113.5"),
        ("10.0.0.1", ("[2001:db8::5]:4711",), "2001:db8::5"),
        ("10.0.0.1", ("2001:DB8:0::5",), "2001:db8::5"),
        ("10.0.0.1", ("::ffff:203.0.113.5",), "203.0.113.5"),
    ],
)
def test_the_nearest_address_that_is_not_ours_is_the_client(peer: str, sent: tuple[str, ...], client: str) -> None:
    assert OURS.client_of(peer, lines(*sent)) == client


@pytest.mark.parametrize(
    ("sent", "client"),
    [
        ("for=203.0.113.5", "203.0.113.5"),
        ('proto=https;For="[2001:db8::5]:4711";by=10.0.0.1', "2001:db8::5"),
        ("for=198.51.100.1, for=203.0.113.5;proto=http, for=10.0.0.2", "203.0.113.5"),
        ("for=_hidden", "10.0.0.1"),
        ("for=203.0.113.5, proto=https", "10.0.0.1"),
    ],
)
def test_the_standards_header_is_read_the_same_way(sent: str, client: str) -> None:
    assert STANDARD.client_of("10.0.0.1", lines(sent, name="forwarded")) == client


def test_only_the_header_that_our_proxies_write_is_read() -> None:
    """The other one they pass on as a client wrote it."""
    assert OURS.client_of("10.0.0.1", lines("for=198.51.100.1", name="forwarded")) == "10.0.0.1"
    assert STANDARD.client_of("10.0.0.1", lines("198.51.100.1")) == "10.0.0.1"


def test_without_proxies_nobody_is_believed() -> None:
    assert TrustedProxies().client_of("127.0.0.1", lines("203.0.113.5")) == "127.0.0.1"


def test_a_network_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Environment(trusted_proxies="10.0.0.0/33")
    with pytest.raises(ValidationError):
        Environment(trusted_proxies="*")
    proxies = Environment(trusted_proxies="10.0.0.0/8").http().proxies
    assert proxies.client_of("10.1.1.1", lines("203.0.113.5")) == "203.0.113.5"


async def _statuses(platform: Platform, peer: str, addresses: Iterable[str]) -> set[int]:
    """What a stranger is answered who claims another address each time."""
    app = build_http(platform)
    transport = httpx.ASGITransport(app, client=(peer, 4711))  # type: ignore[arg-type]  # httpx's own ASGI types
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return {(await client.get("/sign-in", headers={"X-Forwarded-For": each})).status_code for each in addresses}


async def test_a_stranger_is_limited_by_where_they_are_and_not_by_what_they_say(platform: Platform) -> None:
    def fresh() -> Platform:
        limits = start_limits(RateSettings(factor=0.01, refresh=3600), platform.db, platform.guards)
        http = dataclasses.replace(platform.http, proxies=TrustedProxies.parsed("10.0.0.0/8"))
        return dataclasses.replace(platform, limits=limits, http=http)

    claims = [f"198.51.100.{number}" for number in range(60)]
    spoofed = [f"{claim}, 203.0.113.5" for claim in claims]

    assert 429 in await _statuses(fresh(), "203.0.113.5", claims), "a header from a stranger changed their bucket"
    assert 429 in await _statuses(fresh(), "10.0.0.1", spoofed), "what a client wrote itself changed their bucket"
    assert await _statuses(fresh(), "10.0.0.1", claims) == {200}, "people behind our proxy share one bucket"
