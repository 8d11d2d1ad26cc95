"""What a flag is: declared in code by the context whose it is, so that every one has an owner and an end."""

import re
from dataclasses import dataclass
from datetime import date

ON, OFF = "on", "off"
_KEY = re.compile(r"[a-z]+\.[a-z_]+")


@dataclass(frozen=True, slots=True)
class Flag:
    """`key` is `context.name` and stable. A boolean flag has the variants `on` and `off`; others name their own.

    `default` is what everybody has who no rule speaks of, and while nothing is known; `killed` what everybody has
    once it is killed. `expires` is when it is either taken out of the code or given a later date, with thought: from
    that day on a test fails. `sentence` is what people read where a capability is switched off by it.
    """

    key: str
    description: str
    owner: str
    expires: date
    default: str = ON
    killed: str = OFF
    variants: tuple[str, ...] = (ON, OFF)
    sentence: str = "This is switched off for the moment. What you have saved is safe."

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"{self.key!r} is not the key of a flag: context.name")
        if not {self.default, self.killed} <= set(self.variants):
            raise ValueError(f"{self.key}: default and killed are among its variants")

    @property
    def name(self) -> str:
        """The description up to its first full stop."""
        return self.description.partition(".")[0]

    @property
    def is_boolean(self) -> bool:
        return set(self.variants) == {ON, OFF}
