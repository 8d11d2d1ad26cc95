"""What people are told of flags."""

from scholr.kernel.errors import Invalid, NotFound, Unavailable


class SwitchedOff(Unavailable):
    """An operator has switched this capability off; the message is the flag's own sentence."""

    code = "switched_off"


class UnknownFlag(NotFound):
    code = "unknown_flag"


class InvalidRule(Invalid):
    code = "invalid_rule"
