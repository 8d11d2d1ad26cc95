"""What learning needs from outside systems."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Everything that is printed; dates are written out, `colour` is #rrggbb, `language` a BCP 47 tag."""

    learner_name: str
    course_title: str
    organization_name: str
    number: str
    code: str
    verify_url: str
    issued: str
    expires: str | None
    revoked: str | None
    colour: str
    language: str


class Printer(Protocol):
    async def print(self, paper: Paper) -> bytes:
        """The certificate as a PDF; raises PrintingFailed."""
        ...
