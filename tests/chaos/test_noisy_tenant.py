"""One organisation at twenty times its share moves another one's p99 by less than a fifth."""

import pytest
from benchmarks.deployment import deployed
from benchmarks.noisy import VARIABLES, measure


@pytest.mark.slow
def test_a_tenant_at_twenty_times_its_share_is_hardly_noticed() -> None:
    with deployed(VARIABLES) as deployment:
        found = measure(deployment)
    said = "; ".join(f"{what}: {figure}" for what, figure in found.rows())
    assert set(found.quiet.statuses) | set(found.noisy.statuses) <= {200, 0}, said
    assert found.quiet.statuses[0] == found.noisy.statuses[0] == 0, f"the neighbour lost answers: {said}"
    assert found.times_its_share > 18, f"the noise was not loud enough to say anything: {said}"
    assert found.noise[429] > 10 * found.noise[200], said
    assert found.ratio < 1.2, said
