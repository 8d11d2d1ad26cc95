"""Hand-written statements for the hot paths, with the tenant as their first parameter."""

import re
from dataclasses import dataclass

_FIRST_PARAMETER = re.compile(r"\$1(?!\d)")


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
