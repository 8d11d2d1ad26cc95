"""Numbers that people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.kernel.text import whole_number


@given(st.integers(0, 9999))
def test_a_number_is_read(number: int) -> None:
    assert whole_number(str(number), digits=4) == number


@pytest.mark.parametrize("text", ["", " 1", "1 ", "+1", "-1", "²", "٣", "1_0", "1.0", "12345", "9" * 5000, "\x001"])
def test_everything_else_is_none(text: str) -> None:
    assert whole_number(text, digits=4) is None


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    whole_number(text, digits=9)
