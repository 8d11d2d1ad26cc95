"""What is said of a database server that cannot be used, by asking real ones."""

import socket
import time
from collections.abc import Iterator

import pytest

from scholr.platform.db.embedded import EmbeddedPostgres
from scholr.platform.db.server_check import ServerUnusable, look_at_server


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(ephemeral=True) as running:
        yield running


async def test_the_facts_of_a_good_server(server: EmbeddedPostgres) -> None:
    facts = await look_at_server(server.dsn, now=time.time())
    assert (facts.major, facts.database, facts.user) == (18, "postgres", "postgres")
    assert facts.is_superuser
    assert facts.may_create_roles
    assert abs(facts.clock_skew) < 1


async def test_a_clock_that_differs_is_measured(server: EmbeddedPostgres) -> None:
    facts = await look_at_server(server.dsn, now=time.time() - 3600)
    assert 3599 < facts.clock_skew < 3601


@pytest.mark.parametrize(
    ("part", "instead", "sentence"),
    [
        ("postgresql://", "mysql://", "is not the address of a PostgreSQL server; write it like"),
        ("postgres:", "stranger:", "refuses the login; correct the user and the password"),
        ("/postgres", "/nowhere", "does not exist; create it with createdb"),
        ("127.0.0.1", "no-such-host.invalid", "cannot be found; correct the name"),
        ("127.0.0.1:", "127.0.0.1:x", "cannot be read; write it like"),
    ],
)
async def test_a_wrong_address_is_explained(server: EmbeddedPostgres, part: str, instead: str, sentence: str) -> None:
    with pytest.raises(ServerUnusable, match=sentence):
        await look_at_server(instead.join(server.dsn.rsplit(part, 1)), now=time.time())


async def test_a_server_that_is_not_there_is_explained() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(ServerUnusable, match="No PostgreSQL answers"):
            await look_at_server(f"postgresql://a:b@127.0.0.1:{port}/c", now=time.time())


async def test_a_server_that_is_too_old_is_refused(server: EmbeddedPostgres) -> None:
    with pytest.raises(
        ServerUnusable, match=r"is PostgreSQL 18\.\d+ and Scholr needs 19 or later; point it at a newer"
    ):
        await look_at_server(server.dsn, now=time.time(), oldest=19)
