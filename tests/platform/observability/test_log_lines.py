"""What is taken out of a line before it leaves."""

import pytest

from scholr.platform.observability.log_lines import redact, without_values


@pytest.mark.parametrize(
    "said",
    [
        "invalid input for query argument $1: 'Maya' (an integer is required)",
        'invalid input syntax for type date: "Maya\'s birthday"',
        "invalid input for query argument $2: 'It\\'s \"fine\", said Maya' (expected int)",
        "invalid input for query argument $3: {'who': 'Maya Thistledown of th... (expected str, got dict)",
        'duplicate key value\nDETAIL:  Key (name)=(Maya) already exists.',
        "no mailbox for maya@example.org, “Maya”",
    ],
    ids=["quoted", "an apostrophe within", "both kinds within", "cut off by the driver", "a detail", "an address"],
)  # fmt: skip
def test_an_errors_words_say_nothing_of_what_was_put_into_them(said: str) -> None:
    assert "maya" not in without_values(said).lower()


def test_an_errors_own_words_stay() -> None:
    said = "can't reach the server: connection refused"
    assert without_values(said) == said
    assert without_values("value 'x' is out of range").endswith("is out of range")


def test_addresses_are_taken_out_however_deep_they_stand() -> None:
    line = {"event": "sent to maya@example.org", "to": ["maya@example.org"], "facts": {"by": ("x", "y@example.org")}}
    assert redact(None, "info", line) == {"event": "sent to …", "to": ["…"], "facts": {"by": ["x", "…"]}}
    assert redact(None, "info", {"count": 3, "ids": [1, 2], "note": None}) == {"count": 3, "ids": [1, 2], "note": None}
