"""Whose buckets a request takes from."""

import pytest

from scholr.kernel.actor import ANONYMOUS, Actor, ActorKind
from scholr.kernel.ids import MembershipId, PersonId, TenantId, new_id
from scholr.platform.ratelimit.buckets import Buckets
from scholr.platform.ratelimit.limiter import RateLimiter, credential_of, network_of
from scholr.platform.ratelimit.quotas import EXPENSIVE, PLANS, READ, STRANGERS, WRITE, RateSettings, Scope

SCHOOL = TenantId(new_id())


def person(tenant_id: TenantId | None = SCHOOL) -> Actor:
    return Actor(ActorKind.PERSON, tenant_id, PersonId(new_id()), MembershipId(new_id()))


def test_a_person_pays_twice_and_a_stranger_for_the_address() -> None:
    limiter = RateLimiter()
    scopes = [claim.scope for claim in limiter.proven(b"a", person(), "10.0.0.1").claims]
    assert scopes == [Scope.TENANT, Scope.PERSON]
    assert [claim.scope for claim in limiter.proven(b"b", ANONYMOUS, "10.0.0.1").claims] == [Scope.ADDRESS]


def test_two_tokens_of_one_person_have_a_bucket_each() -> None:
    limiter = RateLimiter()
    actor = Actor(ActorKind.TOKEN, SCHOOL, PersonId(new_id()), MembershipId(new_id()))
    one, other = limiter.proven(b"a", actor, ""), limiter.proven(b"b", actor, "")
    assert one.claims[0].key == other.claims[0].key
    assert one.claims[1].scope is Scope.TOKEN
    assert one.claims[1].key != other.claims[1].key


def test_one_member_has_one_bucket_on_all_devices() -> None:
    limiter, actor = RateLimiter(), person()
    assert limiter.proven(b"phone", actor, "").claims == limiter.proven(b"laptop", actor, "").claims


def test_a_credential_that_comes_to_mean_somebody_else_pays_from_other_buckets() -> None:
    limiter = RateLimiter()
    before = limiter.proven(b"a", person(), "")
    after = limiter.proven(b"a", person(TenantId(new_id())), "")
    assert before.claims[0].key != after.claims[0].key


def test_a_neighbourhood_of_ipv6_addresses_is_one_stranger() -> None:
    assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:bbbb::9") == "2001:db8:1:2::/64"
    assert network_of("192.0.2.7") == "192.0.2.7"


def test_a_secret_is_not_kept_as_it_is() -> None:
    assert b"secret" not in credential_of(b"secret")


def test_the_factor_multiplies_every_quota_and_zero_switches_off() -> None:
    half = RateLimiter(RateSettings(factor=0.5))
    assert half.stranger("192.0.2.7").claims[0].quota.rate == STRANGERS.rate / 2
    assert half.proven(b"a", person(), "").claims[0].quota.burst == PLANS["standard"].tenant.burst / 2
    assert not RateLimiter(RateSettings(factor=0)).is_on


def test_what_was_refused_is_counted_by_scope() -> None:
    limiter = RateLimiter()
    stranger = limiter.stranger("192.0.2.7")
    while not limiter.take(stranger, 10).violated:
        pass
    limiter.take(stranger, 10, early=True)
    state = limiter.snapshot()
    assert (dict(state.refused), state.refused_early, state.checked) == ({"address": 2}, 1, 302)


def test_an_exam_of_a_thousand_meets_no_limit() -> None:
    """Everybody opens it within ten seconds (eight pages and parts of pages, two writes), then saves every three."""
    now = 0.0
    limiter = RateLimiter(buckets=Buckets(lambda: now))
    learners = [limiter.proven(bytes([n // 256, n % 256]), person(), "192.0.2.7") for n in range(1_000)]
    refused = 0
    for tenth in range(100):
        now = tenth / 10
        for learner in learners[tenth * 10 : tenth * 10 + 10]:
            refused += sum(bool(limiter.take(learner, cost).violated) for cost in [READ] * 8 + [WRITE] * 2)
    for tenth in range(100, 700):
        now = tenth / 10
        refused += sum(bool(limiter.take(each, WRITE).violated) for each in learners[tenth % 30 :: 30])
    assert refused == 0


def test_a_class_of_two_hundred_signs_in_from_one_address_at_once() -> None:
    """Two pages, and the form sent twice since one in two mistypes."""
    limiter = RateLimiter(buckets=Buckets(lambda: 0.0))
    pupils = [limiter.stranger("192.0.2.7") for _ in range(200)]
    assert not any(limiter.take(each, cost).violated for each in pupils for cost in (READ, READ, WRITE, WRITE))


def test_twenty_times_the_share_is_mostly_refused() -> None:
    now = 0.0
    limiter = RateLimiter(buckets=Buckets(lambda: now))
    owner = limiter.proven(b"a", Actor(ActorKind.PERSON, SCHOOL, None, MembershipId(new_id())), "")
    passed = 0
    for hundredth in range(4_000):
        now = hundredth / 100
        passed += sum(not limiter.take(owner, EXPENSIVE).violated for _ in range(20)) * EXPENSIVE
    standard = PLANS["standard"].tenant
    assert passed == pytest.approx(standard.burst + 40 * standard.rate, rel=0.01)
