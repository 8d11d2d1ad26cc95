"""What a bulk action changed, small enough to travel in the address of its undo button.

It needs no signature: taking something back is an ordinary change, and is allowed or refused like one.
"""

import base64
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from scholr.kernel.actor import Role
from scholr.kernel.errors import Invalid
from scholr.kernel.ids import MembershipId

_ENTRY = struct.Struct(">16sB")
_ROLES = tuple(Role)
_ACTIVE = 1 << len(_ROLES)
MOST = 40


@dataclass(frozen=True, slots=True)
class Before:
    """How a member was before the action."""

    id: MembershipId
    roles: frozenset[Role]
    active: bool


def packed(befores: Iterable[Before]) -> str:
    return base64.urlsafe_b64encode(b"".join(_ENTRY.pack(each.id.bytes, _bits(each)) for each in befores)).decode()


def unpacked(text: str) -> Sequence[Before]:
    """Raises Invalid for what is not ours."""
    try:
        raw = base64.urlsafe_b64decode(text)
    except ValueError as error:
        raise Invalid("There is nothing to take back.") from error
    if not raw or len(raw) % _ENTRY.size or len(raw) > MOST * _ENTRY.size:
        raise Invalid("There is nothing to take back.")
    return [
        Before(MembershipId(UUID(bytes=id_bytes)), _roles(bits), bool(bits & _ACTIVE))
        for id_bytes, bits in _ENTRY.iter_unpack(raw)
    ]


def _bits(before: Before) -> int:
    roles = sum(1 << _ROLES.index(role) for role in before.roles)
    return roles | (_ACTIVE if before.active else 0)


def _roles(bits: int) -> frozenset[Role]:
    return frozenset(role for at, role in enumerate(_ROLES) if bits & (1 << at))
