"""The rules of the log, pure: how an entry is written for hashing, and what shows that a chain was touched."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

GENESIS = bytes(32)
"""What the first entry of every organisation follows."""

_FORMAT = "scholr.audit.1"
_CHECKPOINT_FORMAT = "scholr.audit.checkpoint.1"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# How far around its place an entry is looked for that stands somewhere else.
_NEIGHBOURS = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done. `happened_at` is when, `recorded_at` when it came into the log.

    `actor_id` is a membership; None for the program, and for whoever could not be known. `request_id` and `address`
    (a network, never a machine) are those of the request that did it. `details` is a small JSON object, as text.
    """

    tenant_id: UUID
    seq: int
    id: UUID
    happened_at: datetime
    recorded_at: datetime
    actor_kind: str
    actor_id: UUID | None
    token_id: UUID | None
    action: str
    subject_kind: str
    subject_id: UUID
    request_id: UUID | None
    address: str | None
    details: str
    prev_hash: bytes
    hash: bytes


def microseconds(moment: datetime) -> int:
    """Since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def encoded(entry: Entry) -> bytes:
    """Every field with its length in bytes before it, None as "-": the same as `compliance_encode` (migration 0011)."""
    return _fields(
        _FORMAT,
        str(entry.tenant_id),
        str(entry.seq),
        str(entry.id),
        str(microseconds(entry.happened_at)),
        str(microseconds(entry.recorded_at)),
        entry.actor_kind,
        _text(entry.actor_id),
        _text(entry.token_id),
        entry.action,
        entry.subject_kind,
        str(entry.subject_id),
        _text(entry.request_id),
        entry.address,
        entry.details,
    )


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _fields(*values: str | None) -> bytes:
    written = bytearray()
    for value in values:
        if value is None:
            written += b"-"
        else:
            text = value.encode()
            written += b"%d:%b," % (len(text), text)
    return bytes(written)


def hashed(entry: Entry) -> bytes:
    """What the entry's hash has to be: SHA-256 over the hash before it and itself."""
    return hashlib.sha256(entry.prev_hash + encoded(entry)).digest()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed word that the chain of `tenant_id` had this hash at entry `seq`. `key` names the public key."""

    tenant_id: UUID
    seq: int
    hash: bytes
    signed_at: datetime
    key: str
    signature: bytes = b""

    @property
    def message(self) -> bytes:
        """What is signed."""
        moment = str(microseconds(self.signed_at))
        return _fields(_CHECKPOINT_FORMAT, str(self.tenant_id), str(self.seq), self.hash.hex(), moment, self.key)


class Fault(StrEnum):
    """What was done to a log."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    UNLINKED = "unlinked"
    HEAD = "head"
    SHORTER = "shorter"
    UNSIGNED = "unsigned"
    CONTRADICTED = "contradicted"
    CHECKPOINT_MISSING = "checkpoint_missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """`seq` is the entry where it shows."""

    seq: int
    fault: Fault
    sentence: str


class ChainCheck:
    """Takes the entries of one organisation in the order of their numbers and says what is not as it was written.

    Holds one entry's hash and no more, however long the chain is.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.hash = GENESIS
        self._trusted = True

    def feed(self, entry: Entry) -> Iterator[Finding]:
        found = list(self._faults(entry))
        self.seq, self.hash, self._trusted = entry.seq, entry.hash, not found
        yield from found

    def _faults(self, entry: Entry) -> Iterator[Finding]:
        gap = entry.seq != self.seq + 1
        if gap:
            yield missing(self.seq + 1, entry.seq - 1)
        if hashed(entry) != entry.hash:
            yield _altered(entry)
        elif not gap and self._trusted and entry.prev_hash != self.hash:
            yield Finding(
                entry.seq,
                Fault.UNLINKED,
                f"entry {entry.seq} was written after another entry {entry.seq - 1} than the one that is there",
            )

    def end(self, seq: int, head: bytes) -> Iterator[Finding]:
        """`seq` and `head` are what the chain itself remembers of its last entry."""
        if self.seq < seq:
            yield missing(self.seq + 1, seq)
        elif self.seq > seq or self.hash != head:
            yield Finding(seq, Fault.HEAD, f"the chain says that it ends otherwise at entry {seq} than it does")


def missing(first: int, last: int) -> Finding:
    which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
    return Finding(first, Fault.MISSING, f"{which} missing")


def _altered(entry: Entry) -> Finding:
    for place in range(max(1, entry.seq - _NEIGHBOURS), entry.seq + _NEIGHBOURS + 1):
        if place != entry.seq and hashed(replace(entry, seq=place)) == entry.hash:
            return Finding(entry.seq, Fault.REORDERED, f"what stands at entry {entry.seq} was written as entry {place}")
    return Finding(entry.seq, Fault.CHANGED, f"entry {entry.seq} was changed after it was written")


class Ground(StrEnum):
    """Why somebody is erased (GDPR, article 17, paragraph 1). A code, since free words could name them again."""

    NO_LONGER_NEEDED = "no_longer_needed"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    OBJECTION = "objection"
    UNLAWFUL = "unlawful"
    LEGAL_DUTY = "legal_duty"


TRACE_PARTS = frozenset({"assessment", "auth", "compliance", "enrollment", "identity_access", "learning", "platform"})
"""Whose reports the directory waits for; a test compares them with what the contexts have registered."""

DIRECTORY_PART = "identity"

ALONE_AFTER = timedelta(days=1)
"""How long after the request its own author may confirm: a small school has one administrator."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """`counts` is what each part has reported: rows by what they held. Nothing in it names the member but their id."""

    id: UUID
    member_id: UUID
    ground: str
    requested_by: UUID | None
    requested_at: datetime
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    withdrawn_at: datetime | None
    completed_at: datetime | None
    counts: dict[str, dict[str, int]]

    @property
    def state(self) -> str:
        """requested, withdrawn, erasing or erased."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.confirmed_at is None:
            return "requested"
        return "erasing" if self.completed_at is None else "erased"

    @property
    def missing(self) -> tuple[str, ...]:
        """The parts that have not reported yet, of an erasure that was confirmed."""
        if self.confirmed_at is None:
            return ()
        return tuple(sorted((TRACE_PARTS | {DIRECTORY_PART}) - self.counts.keys()))


def may_confirm(erasure: Erasure, by: UUID | None, now: datetime) -> bool:
    """Four eyes, or one pair a day later."""
    return by != erasure.requested_by or now >= erasure.requested_at + ALONE_AFTER


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """That a member was erased, as it is kept outside the database."""

    tenant_id: UUID
    erasure_id: UUID
    member_id: UUID
    ground: str
    confirmed_at: datetime
    key: str
    signature: bytes = b""

    @property
    def message(self) -> bytes:
        """What is signed."""
        return _fields(
            "scholr.erasure.1",
            str(self.tenant_id),
            str(self.erasure_id),
            str(self.member_id),
            self.ground,
            str(microseconds(self.confirmed_at)),
            self.key,
        )
