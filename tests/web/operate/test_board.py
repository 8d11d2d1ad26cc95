"""What the health page works out of what processes said."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from scholr.platform.observability.queries import ProcessView
from scholr.web.operate.board import worst_pool

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def _process(**sources: dict[str, int]) -> ProcessView:
    return ProcessView(UUID(int=1), "web", NOW, {"sources": sources})


@pytest.mark.parametrize(
    ("sources", "share"),
    [
        ({"pool": {"size": 10, "in_use": 1, "idle": 0, "waiting": 0}}, 0.1),
        ({"pool": {"size": 10, "in_use": 10, "idle": 0, "waiting": 4}}, 1.0),
        ({"pool": {"size": 10, "in_use": 0, "idle": 0, "waiting": 0}, "worker_pool": {"size": 4, "in_use": 3}}, 0.75),
        ({}, 0.0),
    ],
    ids=["one of ten, the only one that is open", "all", "the worker's own pool", "nothing said"],
)
def test_saturation_is_of_what_a_pool_may_have(sources: dict[str, dict[str, int]], share: float) -> None:
    assert worst_pool([_process(**sources)]) == share
