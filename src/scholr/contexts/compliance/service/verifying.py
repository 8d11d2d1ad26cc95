"""Proving that a log is what was written: every entry, every link, every checkpoint."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from scholr.contexts.compliance import queries
from scholr.contexts.compliance.model import ChainCheck, Checkpoint, Entry, Fault, Finding
from scholr.contexts.compliance.ports import CheckpointShelf
from scholr.kernel.errors import NotFound
from scholr.kernel.ids import TenantId
from scholr.platform.db.database import Database
from scholr.platform.security.signatures import is_signed

_AT_ONCE = 2000
_MOST_FINDINGS = 50


@dataclass(slots=True)
class Verdict:
    """`findings` empty: the log is whole. At most fifty are kept, `more` says that there were others."""

    entries: int = 0
    checkpoints: int = 0
    signed_upto: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: bool = False

    @property
    def is_whole(self) -> bool:
        return not self.findings

    def add(self, finding: Finding) -> None:
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.more = True


async def logs_to_verify(worker_db: Database, shelf: CheckpointShelf) -> list[TenantId]:
    """The organisations that the database knows, and those that only the checkpoints outside of it remember.

    Needs the worker's login.
    """
    known = await queries.organizations_with_a_log(worker_db)
    return [*known, *[TenantId(each) async for each in shelf.organizations() if each not in known]]


async def verify(
    db: Database, tenant_id: TenantId, known_keys: Sequence[bytes], shelf: CheckpointShelf | None
) -> Verdict:
    """Check one organisation's log from its first entry to its last; holds its checkpoints and a page of entries.

    `known_keys` are public keys that may have signed, `shelf` the checkpoints outside the database (None: they are
    not looked at). Entries that come meanwhile are not looked at.
    """
    verdict, check = Verdict(), ChainCheck()
    # In this order nothing that is signed meanwhile looks like a fault: an entry comes before its checkpoint's row, and
    # the row before the file.
    outside = await _outside(shelf, tenant_id, verdict) if shelf is not None else []
    async with db.read(tenant_id) as rx:
        inside = await queries.checkpoints(rx)
        seq, head = await queries.head(rx)
    signed = _Signed.of(tenant_id, inside, outside, known_keys, verdict)
    async for entry in _entries(db, tenant_id, seq):
        verdict.entries += 1
        for finding in check.feed(entry):
            verdict.add(finding)
        signed.compare(entry, verdict)
    for finding in check.end(seq, head):
        verdict.add(finding)
    signed.end(check.seq, verdict)
    await _compare_with_what_was_entered(db, tenant_id, verdict)
    return verdict


async def _entries(db: Database, tenant_id: TenantId, upto: int) -> AsyncIterator[Entry]:
    after = 0
    while True:
        async with db.read(tenant_id) as rx:
            page = await queries.chain_from(rx, after, upto, _AT_ONCE)
        for entry in page:
            yield entry
        if len(page) < _AT_ONCE:
            return
        after = page[-1].seq


async def _compare_with_what_was_entered(db: Database, tenant_id: TenantId, verdict: Verdict) -> None:
    """A tail that was cut off after the last checkpoint, with the chain's memory of it, is found by the inbox."""
    async with db.read(tenant_id) as rx:
        last, remembered = await queries.numbers_at_the_end(rx)
        lost = await queries.lost_entries(rx, _MOST_FINDINGS)
    if last > remembered:
        verdict.add(
            Finding(last, Fault.HEAD, f"there is an entry {last}, and the chain says that it ends at {remembered}")
        )
    for event_id, moment in lost:
        verdict.add(
            Finding(last, Fault.MISSING, f"what was entered on {moment:%F} at {moment:%T} for event {event_id} is gone")
        )


@dataclass(slots=True)
class _Signed:
    """The checkpoints by entry number, compared as the entries come by."""

    by_seq: dict[int, list[Checkpoint]]
    unknown: list[Checkpoint]

    @classmethod
    def of(
        cls,
        tenant_id: UUID,
        inside: Sequence[Checkpoint],
        outside: Sequence[Checkpoint],
        known_keys: Sequence[bytes],
        verdict: Verdict,
    ) -> "_Signed":
        found = cls({}, [])
        rows = {(each.seq, each.key): each for each in inside}
        for checkpoint in inside:
            found._take(checkpoint, tenant_id, known_keys, verdict)
        for checkpoint in outside:
            row = rows.get((checkpoint.seq, checkpoint.key))
            if row is None:
                sentence = f"the checkpoint of entry {checkpoint.seq} is gone from the database"
                verdict.add(Finding(checkpoint.seq, Fault.CHECKPOINT_MISSING, sentence))
            if checkpoint != row:
                found._take(checkpoint, tenant_id, known_keys, verdict)
        return found

    def _take(self, checkpoint: Checkpoint, tenant_id: UUID, known_keys: Sequence[bytes], verdict: Verdict) -> None:
        seq = checkpoint.seq
        right = is_signed(checkpoint.message, checkpoint.signature, checkpoint.key, known_keys)
        verdict.checkpoints += 1
        if right is False or checkpoint.tenant_id != tenant_id:
            verdict.add(Finding(seq, Fault.UNSIGNED, f"the signature of the checkpoint of entry {seq} is wrong"))
            return
        if right is None:
            self.unknown.append(checkpoint)
        else:
            verdict.signed_upto = max(verdict.signed_upto, seq)
        self.by_seq.setdefault(seq, []).append(checkpoint)

    def compare(self, entry: Entry, verdict: Verdict) -> None:
        for checkpoint in self.by_seq.pop(entry.seq, ()):
            if checkpoint.hash != entry.hash:
                sentence = f"entry {entry.seq} is not the one that was signed on {checkpoint.signed_at:%F %T}"
                verdict.add(Finding(entry.seq, Fault.CONTRADICTED, sentence))

    def end(self, last: int, verdict: Verdict) -> None:
        """What is left was signed at entries that are not there. A key that nobody knows any more is borne where a
        known one has signed the same chain later.
        """
        for seq in sorted(self.by_seq):
            verdict.add(
                Finding(seq, Fault.SHORTER, f"a checkpoint was signed at entry {seq}, and the log ends at {last}")
                if seq > last
                else Finding(seq, Fault.CONTRADICTED, f"entry {seq} was signed, and it is missing")
            )
        for checkpoint in self.unknown:
            if checkpoint.seq > verdict.signed_upto:
                sentence = f"nobody knows the key {checkpoint.key} that signed the checkpoint of entry {checkpoint.seq}"
                verdict.add(Finding(checkpoint.seq, Fault.UNSIGNED, sentence))


async def _outside(shelf: CheckpointShelf, tenant_id: UUID, verdict: Verdict) -> list[Checkpoint]:
    read = [await _read(shelf, tenant_id, seq, key, verdict) for seq, key in await shelf.numbers(tenant_id)]
    return [each for each in read if each is not None]


async def _read(shelf: CheckpointShelf, tenant_id: UUID, seq: int, key: str, verdict: Verdict) -> Checkpoint | None:
    try:
        found = await shelf.read(tenant_id, seq, key)
    except (ValueError, NotFound):
        found = None
    if found is None or (found.seq, found.key) != (seq, key):
        verdict.add(Finding(seq, Fault.UNSIGNED, f"the file with the checkpoint of entry {seq} was changed"))
        return None
    return found
