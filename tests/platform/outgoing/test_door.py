"""The door for addresses that strangers chose, against real sockets and a name service that lies."""

import asyncio
import gzip
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from scholr.platform.outgoing.door import Door, Limits
from scholr.platform.outgoing.errors import AddressRefused, AnswerRefused, FetchFailed
from scholr.platform.outgoing.resolver import SystemResolver
from scholr.platform.resilience.policy import POLICIES, Dependency
from tests.platform.outgoing.certificates import make_certificate
from tests.platform.outgoing.strangers import Names, Stranger, answer, stranger

# The stranger's server has to be somewhere; every other address of this machine stays forbidden.
STRANGER = ip_network("127.0.0.1/32")
QUICK = replace(POLICIES[Dependency.WEBHOOKS], timeout=1.0)


def door(server: Stranger, *more_ports: int, **names: Sequence[Sequence[str]]) -> tuple[Door, Names]:
    """Each name with its answers, one after the other."""
    known = Names({name.replace("_", "."): list(answers) for name, answers in names.items()})
    limits = Limits(
        most_bytes=10_000, schemes=frozenset({"http"}), ports=frozenset({server.port, *more_ports}), most_redirects=2
    )
    return Door(known, limits, QUICK, own_networks=(STRANGER,)), known


async def hello(path: str, writer: asyncio.StreamWriter) -> None:
    writer.write(answer("200 OK", path.encode(), content_type="text/plain"))


async def test_the_name_stays_in_the_request_and_the_checked_address_is_connected_to() -> None:
    async with stranger(hello) as server:
        through, names = door(server, hook_example=[["127.0.0.1"]])
        found = await through.get(f"http://hook.example:{server.port}/a?b=c", {"X-Own": "yes", "Host": "other.example"})

    assert (found.status, found.body) == (200, b"/a?b=c")
    assert f"host: hook.example:{server.port}" in server.heads[0].lower()
    assert "other.example" not in server.heads[0]
    assert names.asked == ["hook.example"]


async def test_a_name_that_answers_differently_the_second_time_gains_nothing() -> None:
    """DNS rebinding: the second answer is never asked for."""
    async with stranger(hello) as server, stranger(hello, "127.0.0.2") as inside:
        through, names = door(server, inside.port, rebind_example=[["127.0.0.1"], ["127.0.0.2"]])
        await through.get(f"http://rebind.example:{server.port}/")

        assert names.asked == ["rebind.example"]
        with pytest.raises(AddressRefused):  # it is checked again each time
            await through.get(f"http://rebind.example:{inside.port}/")
    assert inside.heads == []


async def test_one_address_inside_condemns_a_name_with_others_outside() -> None:
    async with stranger(hello) as server:
        through, _ = door(server, mixed_example=[["127.0.0.1", "10.0.0.1"]])
        with pytest.raises(AddressRefused):
            await through.get(f"http://mixed.example:{server.port}/")
    assert server.heads == []


async def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    async with stranger(hello) as server:
        known = Names({"two.example": [["127.0.0.9", "127.0.0.1"]]})
        limits = Limits(schemes=frozenset({"http"}), ports=frozenset({server.port}))
        through = Door(known, limits, QUICK, own_networks=(ip_network("127.0.0.0/24"),))
        assert (await through.get(f"http://two.example:{server.port}/")).status == 200


@pytest.mark.parametrize(
    "host",
    ["127.0.0.2", "127.2", "0x7f000002", "2130706434", "017700000002", "[::1]", "[::ffff:127.0.0.2]", "0"],
)
async def test_an_address_may_be_written_in_any_way(host: str) -> None:
    """As the system reads it: every spelling ends at the same check."""
    async with stranger(hello, "127.0.0.2") as inside:
        limits = Limits(schemes=frozenset({"http"}), ports=frozenset({inside.port}))
        with pytest.raises(AddressRefused):
            await Door(SystemResolver(), limits, QUICK).get(f"http://{host}:{inside.port}/")
    assert inside.heads == []


@pytest.mark.parametrize(
    "url",
    [
        "http://hook.example/",
        "https://hook.example:8443/",
        "https://user:pass@hook.example/",
        "https://hook.example@evil.example/",
        "ftp://hook.example/",
        "file:///etc/passwd",
        "gopher://hook.example/",
        "//hook.example/",
        "https://",
        "https://hook.example/\r\nX: y",
        "https://hook.example/ x",
        "https://hook.example:99999/",
        "https://[::1/",
        "https://höok.example/",
        "https://hook..example/",
        "https://.example/",
        f"https://{'a' * 64}.example/",
        f"https://hook.example/{'a' * 3000}",
    ],
)
async def test_an_address_is_https_on_its_port_and_nothing_else(url: str) -> None:
    names = Names({})
    with pytest.raises(AddressRefused):
        await Door(names).get(url)
    assert names.asked == []


async def test_a_redirect_into_the_private_network_is_not_followed() -> None:
    async with stranger(hello, "127.0.0.2") as inside:

        async def away(_path: str, writer: asyncio.StreamWriter) -> None:
            writer.write(answer("302 Found", location=f"http://127.0.0.2:{inside.port}/latest/meta-data/"))

        async with stranger(away) as server:
            through, _ = door(server, inside.port, hook_example=[["127.0.0.1"]])
            with pytest.raises(AddressRefused):
                await through.get(f"http://hook.example:{server.port}/")
    assert inside.heads == []


async def test_what_proves_who_we_are_does_not_follow_a_redirect_to_somebody_else() -> None:
    async with stranger(hello) as other:

        async def away(path: str, writer: asyncio.StreamWriter) -> None:
            to = "/again" if path == "/" else f"http://other.example:{other.port}/"
            writer.write(answer("307 Temporary Redirect", location=to))

        async with stranger(away) as server:
            through, _ = door(server, other.port, hook_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
            found = await through.get(f"http://hook.example:{server.port}/", {"Authorization": "Bearer secret"})
    assert found.url == f"http://other.example:{other.port}/"
    assert ["secret" in head for head in server.heads] == [True, True]
    assert "secret" not in other.heads[0]


async def test_redirects_end() -> None:
    async def round_and_round(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer("302 Found", location="/"))

    async with stranger(round_and_round) as server:
        through, _ = door(server, hook_example=[["127.0.0.1"]])
        with pytest.raises(AnswerRefused):
            await through.get(f"http://hook.example:{server.port}/")
    assert len(server.heads) == 3


async def test_what_is_posted_goes_to_its_address_only() -> None:
    async def away(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer("307 Temporary Redirect", location="/elsewhere"))

    async with stranger(away) as server:
        through, _ = door(server, hook_example=[["127.0.0.1"]])
        found = await through.post(f"http://hook.example:{server.port}/", b"{}")
    assert found.status == 307
    assert len(server.heads) == 1


async def test_a_body_without_end_is_given_up() -> None:
    async def endless(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 1000)
            await writer.drain()

    async with stranger(endless) as server:
        through, _ = door(server, hook_example=[["127.0.0.1"]])
        with pytest.raises(AnswerRefused):
            await through.get(f"http://hook.example:{server.port}/")


async def test_a_head_without_end_is_given_up() -> None:
    async def endless(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"x-filler: " + b"x" * 1000 + b"\r\n")
            await writer.drain()

    async with stranger(endless) as server:
        through, _ = door(server, hook_example=[["127.0.0.1"]])
        with pytest.raises(FetchFailed):
            await through.get(f"http://hook.example:{server.port}/")


async def test_a_body_drop_by_drop_does_not_outlast_the_whole_time() -> None:
    async def dripping(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with stranger(dripping) as server:
        through, _ = door(server, hook_example=[["127.0.0.1"]])
        began = time.monotonic()
        with pytest.raises(FetchFailed):
            await through.get(f"http://hook.example:{server.port}/")
    assert time.monotonic() - began < 2.0


async def test_nothing_is_unpacked() -> None:
    """A bomb stays as it came, and what is packed although we asked for it plain is not taken."""
    bomb = gzip.compress(b"0" * 5_000_000)
    assert len(bomb) < 10_000

    async def packed(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answer("200 OK", bomb, content_encoding="gzip"))

    async with stranger(packed) as server:
        through, _ = door(server, hook_example=[["127.0.0.1"]])
        with pytest.raises(AnswerRefused):
            await through.get(f"http://hook.example:{server.port}/")
    assert "accept-encoding: identity" in server.heads[0].lower()


async def test_one_receiver_that_hangs_does_not_shut_out_the_others() -> None:
    async def hang(_path: str, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)

    async with stranger(hang) as slow, stranger(hello) as server:
        through, _ = door(server, slow.port, slow_example=[["127.0.0.1"]], hook_example=[["127.0.0.1"]])
        hanging = [asyncio.create_task(through.get(f"http://slow.example:{slow.port}/")) for _ in range(12)]
        await asyncio.sleep(0.05)
        assert (await through.get(f"http://hook.example:{server.port}/")).status == 200
        results = await asyncio.gather(*hanging, return_exceptions=True)
    assert all(isinstance(each, FetchFailed) for each in results)


async def test_the_certificate_is_the_names_and_not_the_addresses(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, "hook.example")
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(certificate, key)
    asked: list[str | None] = []
    served.sni_callback = lambda _socket, name, _context: asked.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with stranger(hello, tls=served) as server:
        names = Names({"hook.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]})
        through = Door(names, Limits(ports=frozenset({server.port})), QUICK, (STRANGER,), trusting)

        assert (await through.get(f"https://hook.example:{server.port}/")).status == 200
        with pytest.raises(FetchFailed):
            await through.get(f"https://other.example:{server.port}/")
    assert asked == ["hook.example", "other.example"]


async def test_the_name_that_is_looked_up_is_the_name_that_is_asked_for() -> None:
    """Read as Unicode and written back by another standard it would be strasse.example: somebody else's."""
    async with stranger(hello) as server:
        known = Names({"xn--strae-oqa.example": [["127.0.0.1"]]})
        limits = Limits(schemes=frozenset({"http"}), ports=frozenset({server.port}))
        through = Door(known, limits, QUICK, own_networks=(STRANGER,))
        await through.get(f"http://xn--strae-oqa.example:{server.port}/")
    assert known.asked == ["xn--strae-oqa.example"]


async def test_waiting_for_a_place_is_part_of_the_time() -> None:
    async def silent(_path: str, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2)

    async with stranger(silent) as server:
        limits = Limits(schemes=frozenset({"http"}), ports=frozenset({server.port}))
        policy = replace(QUICK, timeout=0.3, at_once=1)
        through = Door(Names({}), limits, policy, own_networks=(STRANGER,))
        first = asyncio.create_task(through.get(f"http://127.0.0.1:{server.port}/"))
        await asyncio.sleep(0.1)
        begun = time.monotonic()
        with pytest.raises(FetchFailed):
            await through.get(f"http://127.0.0.1:{server.port}/")
        assert time.monotonic() - begun < 0.4
        await asyncio.gather(first, return_exceptions=True)


async def test_names_whose_servers_are_slow_take_no_threads_from_others() -> None:
    ended = threading.Event()

    def slow(*_question: object, **_options: object) -> list[tuple[object, ...]]:
        ended.wait(5)
        return []

    resolver = SystemResolver(slow)
    lookups = [asyncio.create_task(resolver.resolve(f"{n}.example", 443)) for n in range(100)]
    await asyncio.sleep(0.05)
    try:
        async with asyncio.timeout(1):
            assert await asyncio.to_thread(lambda: "done") == "done"
    finally:
        ended.set()
        await asyncio.gather(*lookups)
