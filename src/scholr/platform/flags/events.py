"""What an organisation's audit log hears of flags."""

from dataclasses import dataclass
from typing import ClassVar

from scholr.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagChanged(Event):
    """An operator changed what a flag says for this organisation, or one of its cohorts (`subject`).

    `variant` is "" where the rule was taken away. The aggregate is the organisation.
    """

    event_type: ClassVar[str] = "platform.flag_changed"
    aggregate_type: ClassVar[str] = "organization"

    key: str
    scope: str
    subject: str
    variant: str
