"""What a client hears that has asked for too much."""

from scholr.kernel.errors import LimitReached
from scholr.platform.ratelimit.buckets import Verdict
from scholr.platform.ratelimit.headers import PROBLEM_TYPE, retry_after
from scholr.platform.ratelimit.quotas import Scope

_WORDS = {
    Scope.TENANT: "Your organisation is asking for more than its share just now.",
    Scope.PERSON: "That was faster than anybody reads.",
    Scope.TOKEN: "This token asks for more than its share.",
    Scope.ADDRESS: "Too many requests come from your network just now.",
}


class RateLimited(LimitReached):
    """Nothing was done; the same request may be sent again."""

    code = "rate_limited"
    problem_type = PROBLEM_TYPE

    def __init__(self, verdict: Verdict) -> None:
        seconds = retry_after(verdict)
        words = _WORDS[verdict.violated[0]]
        super().__init__(
            f"{words} Nothing was changed. Please try again in {_spoken(seconds)}.",
            details={"violated-policies": [scope.value for scope in verdict.violated]},
            retry_after=seconds,
        )


def _spoken(seconds: int) -> str:
    return "a second" if seconds == 1 else f"{seconds} seconds"
