"""The header fields, as draft-ietf-httpapi-ratelimit-headers-11 has them."""

from scholr.platform.ratelimit.buckets import Buckets, Claim
from scholr.platform.ratelimit.headers import limit_field, policy_field, retry_after
from scholr.platform.ratelimit.quotas import Quota, Scope

TENANT = Claim(Scope.TENANT, "tenant:1", Quota(rate=10, burst=200))
PERSON = Claim(Scope.PERSON, "person:1", Quota(rate=2, burst=20))


def test_the_policy_names_the_quota_and_the_seconds_until_it_is_whole() -> None:
    assert policy_field((TENANT, PERSON)) == b'"tenant";q=200;w=20, "person";q=20;w=10'


def test_the_limit_says_what_is_left_and_when_all_is_there_again() -> None:
    buckets = Buckets(lambda: 0.0)
    assert limit_field(buckets.take((TENANT, PERSON), 2)) == b'"tenant";r=198;t=1, "person";r=18;t=1'


def test_a_refusal_says_when_the_same_request_would_pass() -> None:
    buckets = Buckets(lambda: 0.0)
    buckets.take((TENANT, PERSON), 19)
    refused = buckets.take((TENANT, PERSON), 10)
    assert refused.violated == (Scope.PERSON,)
    assert limit_field(refused) == b'"tenant";r=181;t=2, "person";r=1;t=5'
    assert retry_after(refused) == 5


def test_those_who_share_a_bucket_do_not_come_back_all_at_once() -> None:
    buckets = Buckets(lambda: 0.0)
    buckets.take((TENANT,), 200)
    refused = buckets.take((TENANT,), 1)
    said = {retry_after(refused) for _ in range(200)}
    assert said == {1, 2, 3}
