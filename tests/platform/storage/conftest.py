"""The stores that the contract is tried on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scholr.platform.storage.objects import open_store
from scholr.platform.storage.port import ObjectStore
from scholr.platform.storage.settings import StorageSettings


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    """An empty store of each kind."""
    if request.param == "local":
        yield open_store(StorageSettings(tmp_path))
        return
    server = request.getfixturevalue("object_server")
    yield open_store(server.bucket())
