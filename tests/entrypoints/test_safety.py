"""What does not start."""

from typing import Any

import pytest

from scholr.entrypoints.environment import Environment
from scholr.entrypoints.safety import UnsafeConfiguration, refuse_incomplete
from scholr.platform.http.settings import Profile

WHOLE: dict[str, Any] = {
    "profile": Profile.PRODUCTION,
    "public_url": "https://scholr.example",
    "secret_key": "0" * 64,
    "app_database_url": "postgresql://a@b/c",
}


def starts(**changes: Any) -> bool:
    try:
        refuse_incomplete(Environment(**{**WHOLE, **changes}))
    except UnsafeConfiguration as error:
        assert "SCHOLR_" in str(error)
        return False
    return True


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://scholr.example", True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", True),
        ("http://scholr.example", False),
        ("http://localhost.scholr.example", False),
        ("http://10.0.0.1", False),
        ("scholr.example", False),
    ],
)
def test_production_is_reached_over_https(address: str, allowed: bool) -> None:
    assert starts(public_url=address) is allowed


@pytest.mark.parametrize("missing", [{"secret_key": ""}, {"app_database_url": ""}, {"debug": True}])
def test_production_is_not_half_configured(missing: dict[str, Any]) -> None:
    assert starts()
    assert not starts(**missing)


@pytest.mark.parametrize(("host", "allowed"), [("127.0.0.1", True), ("localhost", True), ("0.0.0.0", False)])
def test_the_demo_binds_to_this_machine_only(host: str, allowed: bool) -> None:
    assert starts(profile=Profile.DEMO, host=host) is allowed
