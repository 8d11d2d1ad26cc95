"""The settings and the page that documents them say the same."""

import re
from pathlib import Path

from scholr.entrypoints.environment import Environment

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "settings.md"


def test_every_setting_is_documented_and_none_that_is_gone() -> None:
    documented = set(re.findall(r"^\| `SCHOLR_([A-Z_]+)`", PAGE.read_text(), re.MULTILINE))
    assert documented == {name.upper() for name in Environment.model_fields}


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    printed = repr(Environment(secret_key="s3cret", app_database_url="postgresql://u:s3cret@h/d"))
    assert "s3cret" not in printed
