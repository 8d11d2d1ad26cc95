"""Why a dependency was not asked, or did not answer."""

from enum import StrEnum

from scholr.kernel.errors import Unavailable
from scholr.platform.resilience.policy import Dependency


class Cause(StrEnum):
    """What kept a call from its answer."""

    TIMEOUT = "timeout"
    OPEN = "open"
    FULL = "full"
    FAILED = "failed"


class DependencyUnavailable(Unavailable):
    """An outside system was not asked (`open`, `full`) or did not answer in time; nothing is known of its state."""

    code = "dependency_unavailable"

    def __init__(self, dependency: Dependency, cause: Cause, *, retry_after: int) -> None:
        super().__init__(
            "Something that this needs does not answer just now. Please try again in a moment.",
            details={"dependency": dependency.value, "cause": cause.value},
            retry_after=retry_after,
        )
        self.dependency = dependency
        self.cause = cause


class DeadlinePassed(Unavailable):
    code = "deadline_passed"
    message = "This took longer than it may. Look whether it was done before trying again."
