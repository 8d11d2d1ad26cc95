"""A replica for those who read from it; started when the first test asks."""

from collections.abc import Iterator

import pytest

from tests.support.database import TestDatabase
from tests.support.replica import Pair, streaming_replica


@pytest.fixture(scope="session")
def pair(database: TestDatabase) -> Iterator[Pair]:
    """Whoever stops the replica starts it again."""
    with streaming_replica(database.admin) as replica:
        yield Pair(database, replica)
