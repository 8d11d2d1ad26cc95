"""The rules of auth, without a database."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.contexts.auth.model import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    is_recent,
    limits_of,
    matching_step,
    normal_recovery_code,
    password_problem,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
APP = pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")


@pytest.mark.parametrize(
    "password",
    [
        "three lamps on a quay",
        "καλημέρα κόσμε μου",
        "7Rk2-mmP0-qqLx-91Ws",
        "a" * 5 + "bcdefghijk",
        "😀 grin and bear it 😀",
    ],
)
def test_length_is_all_that_is_asked_for(password: str) -> None:
    assert password_problem(password) is None


@pytest.mark.parametrize(
    "password",
    ["", "x" * (SHORTEST_PASSWORD - 1), "passwordpassword", "Password12345678", "qwertyuiop12345", "12345678901234567",
     "letmein letmein letmein", "abababababababababab", "correct horse battery staple"],
)  # fmt: skip
def test_what_is_short_or_tried_first_is_refused(password: str) -> None:
    assert password_problem(password) is not None


@pytest.mark.parametrize("personal", ["ingrid.moe@aldersea.example", "Aldersea", "Ingrid.Moe"])
def test_what_everybody_knows_stays_out_of_it(personal: str) -> None:
    problem = password_problem("my ingrid.moe likes aldersea", personal=(personal,))
    assert problem is not None
    assert "Leave" in problem


def test_short_names_do_not_rule_passwords_out() -> None:
    assert password_problem("three lamps on a quay", personal=("a@b.org", "Al", "")) is None


@given(st.text(min_size=LONGEST_PASSWORD + 1, max_size=400))
def test_no_longer_than_can_be_hashed_cheaply(password: str) -> None:
    assert password_problem(password) is not None


@pytest.mark.parametrize("drift", [-30, 0, 30])
def test_a_clock_may_be_half_a_minute_off(drift: int) -> None:
    code = APP.at(NOW + timedelta(seconds=drift))
    assert matching_step(APP.at, code, NOW, last_step=0) == int(NOW.timestamp()) // 30 + drift // 30


def test_a_code_counts_once_and_never_after_a_newer_one() -> None:
    code = APP.at(NOW)
    step = matching_step(APP.at, code, NOW, last_step=0)
    assert step is not None
    assert matching_step(APP.at, code, NOW, last_step=step) is None
    assert matching_step(APP.at, code, NOW, last_step=step + 1) is None


@given(st.text(max_size=12))
def test_whatever_is_typed_is_compared_calmly(code: str) -> None:
    expected = {APP.at(NOW + timedelta(seconds=30 * offset)) for offset in (-1, 0, 1)}
    assert (matching_step(APP.at, code, NOW, 0) is not None) == ("".join(code.split()) in expected)


def test_recovery_codes_are_read_however_they_are_typed() -> None:
    assert normal_recovery_code(" ABCDE-23456 ") == normal_recovery_code("abcde 23456") == "abcde23456"


def test_a_proof_counts_for_a_quarter_of_an_hour() -> None:
    assert is_recent(NOW - timedelta(minutes=15), NOW)
    assert not is_recent(NOW - timedelta(minutes=15, seconds=1), NOW)


def test_remembering_lasts_longer_but_not_for_ever() -> None:
    assert limits_of(False).absolute <= timedelta(days=1)
    assert limits_of(True).idle < limits_of(True).absolute <= timedelta(days=30)
