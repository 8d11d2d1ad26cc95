"""What people are told of flags."""

from scholr.kernel.errors import Invalid, NotFound, Unavailable


class SwitchedOff(Unavailable):
    """An operator has switched this capability off; the message is the flag's own sentence."""

    code = "switched_off"
    is_intended = True


class UnknownFlag(NotFound):
    code = "unknown_flag"


class InvalidRule(Invalid):
    code = "invalid_rule"


class TooMuch(InvalidRule):
    def __init__(self) -> None:
        super().__init__("All shares together are at most 100 %.", fields={"percent": "All together at most 100 %."})
