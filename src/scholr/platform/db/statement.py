"""Hand-written statements for the hot paths, with the tenant as their first parameter."""

import re
from dataclasses import dataclass, field

_FIRST_PARAMETER = re.compile(r"\$1(?!\d)")
_FUNCTION = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement whose `$1` is the tenant, filled in by the unit of work, never by a caller.

    This is the first layer of isolation for raw SQL: a statement that does not use `$1` is refused
    when its module is loaded, not when it leaks.
    """

    sql: str

    def __post_init__(self) -> None:
        if "tenant_id" not in self.sql or not _FIRST_PARAMETER.search(self.sql):
            raise ValueError("a statement names tenant_id and compares or fills it with $1")


def statement(sql: str) -> Statement:
    return Statement(sql)


@dataclass(frozen=True, slots=True)
class DefinerCall:
    """One call of a narrow SECURITY DEFINER function: sign-in, a token, an invitation, a verified host.

    These are the only reads and writes without a tenant. Nothing but the function's name and its
    number of arguments goes into the SQL, so that no table can be named here.
    """

    function: str
    arguments: int
    sql: str = field(init=False)

    def __post_init__(self) -> None:
        if not _FUNCTION.fullmatch(self.function):
            raise ValueError(f"{self.function!r} is not the name of a function")
        places = ", ".join(f"${number}" for number in range(1, self.arguments + 1))
        object.__setattr__(self, "sql", f"select * from {self.function}({places})")
