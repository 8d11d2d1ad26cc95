"""Which variant somebody gets."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.entrypoints.wiring import live_flags, live_modules
from scholr.kernel.ids import new_id
from scholr.platform.flags.flag import OFF, ON, Flag
from scholr.platform.flags.rules import WHOLE, Rule, Scope, ordered, place_of

EXPIRES = datetime(2030, 1, 1, tzinfo=UTC).date()
FLAG = Flag("some.thing", "A thing.", "some", EXPIRES, default=OFF)
LAYOUT = Flag("some.layout", "Looks.", "some", EXPIRES, default="plain", killed="plain", variants=("plain", "a", "b"))
TENANT, COHORT, MEMBER = new_id(), new_id(), new_id()


def _variant(flag: Flag, *rules: Rule) -> str:
    return ordered(rules)[flag.key].variant_for(flag, TENANT, MEMBER, COHORT)


def _rule(scope: Scope, subject: object = "", variant: str = ON, share: int = 0) -> Rule:
    return Rule(key=FLAG.key, scope=scope, subject=str(subject), variant=variant, share=share)


def test_every_flag_has_an_owner_and_has_not_expired() -> None:
    """Past its day a flag is taken out of the code, or given a later one by somebody who has thought about it."""
    flags = live_flags()
    assert len({flag.key for flag in flags}) == len(flags) >= 3
    contexts = {module.name for module in live_modules()}
    today = datetime.now(UTC).date()
    assert [flag.key for flag in flags if flag.expires <= today] == []
    assert [flag.key for flag in flags if flag.expires > today + timedelta(days=400)] == [], "review it within a year"
    assert [flag.key for flag in flags if flag.owner not in contexts or not flag.description] == []
    assert [flag.key for flag in flags if flag.key.partition(".")[0] != flag.owner] == []


@pytest.mark.parametrize("wrong", [{"default": "maybe"}, {"killed": "maybe"}, {"key": "nothing"}])
def test_a_flag_that_makes_no_sense_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"nothing|variants"):
        Flag(**{"key": "a.b", "description": "", "owner": "a", "expires": EXPIRES, **wrong})  # type: ignore[arg-type]


def test_the_nearer_rule_wins_and_the_kill_over_all() -> None:
    of_share, of_tenant = _rule(Scope.SHARE, ON, ON, WHOLE), _rule(Scope.TENANT, TENANT, OFF)
    of_cohort, kill = _rule(Scope.COHORT, COHORT, ON), _rule(Scope.KILL)
    assert _variant(FLAG, of_share) == ON
    assert _variant(FLAG, of_share, of_tenant) == OFF
    assert _variant(FLAG, of_share, of_tenant, of_cohort) == ON
    assert _variant(FLAG, kill, of_share, of_tenant, of_cohort) == OFF
    assert _variant(FLAG, _rule(Scope.TENANT, new_id(), ON)) == FLAG.default


def test_a_variant_of_another_version_is_passed_over() -> None:
    assert _variant(FLAG, _rule(Scope.TENANT, TENANT, "purple")) == FLAG.default


def test_a_share_is_what_it_says_and_grows_without_losing_anybody() -> None:
    people = [new_id() for _ in range(20_000)]
    tenth, fifth = (ordered([_rule(Scope.SHARE, ON, ON, share)])[FLAG.key] for share in (1000, 2000))
    first = {each for each in people if tenth.variant_for(FLAG, TENANT, each, None) == ON}
    second = {each for each in people if fifth.variant_for(FLAG, TENANT, each, None) == ON}
    assert abs(len(first) - 2000) < 200
    assert abs(len(second) - 4000) < 300
    assert first < second
    other = {each for each in people if place_of("other.flag", each) < 1000}
    assert len(first & other) < 300, "two flags do not choose the same people"


def test_shares_of_several_variants_do_not_overlap() -> None:
    rules = [Rule(key=LAYOUT.key, scope=Scope.SHARE, subject=name, variant=name, share=3000) for name in ("a", "b")]
    found = ordered(rules)[LAYOUT.key]
    counts = dict.fromkeys(LAYOUT.variants, 0)
    for _ in range(10_000):
        counts[found.variant_for(LAYOUT, TENANT, new_id(), None)] += 1
    assert all(abs(counts[name] - wanted) < 300 for name, wanted in (("a", 3000), ("b", 3000), ("plain", 4000)))


@given(st.uuids(), st.integers(0, WHOLE))
def test_nobody_is_between(subject: object, share: int) -> None:
    found = ordered([_rule(Scope.SHARE, ON, ON, share)])[FLAG.key].variant_for(FLAG, None, subject, None)  # type: ignore[arg-type]
    assert found in (ON, OFF)
    assert share != 0 or found == OFF
    assert share != WHOLE or found == ON
