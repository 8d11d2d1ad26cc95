"""Words of people, sealed under a data key of their own: when the key is destroyed, every copy is unreadable.

A data key is 256 random bits for each member of an organisation, kept in `platform_data_key` sealed by the deployment's
secret (envelope encryption) and nowhere else. Words are sealed with AES-256-GCM; organisation, member and purpose are
authenticated with them, so that a sealed text moved to another person or purpose does not open. The purpose is the
table and the column, so that whoever reads rows of any table knows it; what stands in events has its column's.
"""

import base64
import hashlib
import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from scholr.kernel.clock import Clock
from scholr.kernel.ids import TenantId
from scholr.platform.db.database import Database
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.security.encryption import Undecryptable
from scholr.platform.security.keys import KeyRing
from scholr.platform.tenantless import PLATFORM_TENANT

ERASED = "[erased]"
"""What stands where words of an erased person stood."""

SECONDS_KEPT = 20.0
"""How long a process may remember an opened key: how long after an erasure the last process still reads words."""

_MOST_KEPT = 4096
_MARK = "\u241esealed.1:"
_NONCE = 12

# One row by primary key, made when there was none.
_KEY_OF = statement("select wrapped, secret from platform_data_key_of($1, $2, $3, $4) /* binds tenant_id */")

# Rows by primary key.
_KEYS = statement(
    "select member_id, wrapped, secret from platform_data_key where tenant_id = $1 and member_id = any($2)"
)

# One row by primary key; a member who never had a key gets one that was destroyed before anybody used it.
_DESTROY = statement("""
insert into platform_data_key (tenant_id, member_id, wrapped, secret, destroyed_at) values ($1, $2, null, '', $3)
on conflict (tenant_id, member_id) do update set wrapped = null, destroyed_at = excluded.destroyed_at
where platform_data_key.destroyed_at is null
""")

# Keys that a retired secret seals, over all organisations: the worker's. What nobody's secret opens any more is left.
_UNDER_RETIRED = """
select tenant_id, member_id, wrapped, secret from platform_data_key
where wrapped is not null and secret = any($1::text[]) limit $2 for update skip locked
"""
_REWRAP = """
update platform_data_key set wrapped = $3, secret = $4
where tenant_id = $1 and member_id = $2 and wrapped is not null
"""


_BY_SECRET = "select secret, count(*) as many from platform_data_key where wrapped is not null group by secret"


def is_sealed(text: str) -> bool:
    return text.startswith(_MARK)


@dataclass(frozen=True, slots=True)
class PersonalKey:
    """One member's key, opened; None when it was destroyed. Never printed, never stored."""

    tenant_id: UUID
    member_id: UUID
    _key: bytes | None = field(repr=False)

    def seal(self, purpose: str, text: str) -> str:
        """Nothing stays nothing. Words that come after the erasure are not kept."""
        if not text:
            return text
        if self._key is None:
            return ERASED
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._key).encrypt(nonce, text.encode(), self._place(purpose))
        return _MARK + base64.b64encode(nonce + sealed).decode()

    def open(self, purpose: str, text: str) -> str:
        """What was never sealed (older rows) is given as it is. Raises Undecryptable for what was moved or changed."""
        if not is_sealed(text):
            return text
        if self._key is None:
            return ERASED
        try:
            raw = base64.b64decode(text[len(_MARK) :], validate=True)
            return AESGCM(self._key).decrypt(raw[:_NONCE], raw[_NONCE:], self._place(purpose)).decode()
        except (InvalidTag, ValueError) as error:
            raise Undecryptable("these words were sealed for another place, or were changed") from error

    def open_all(self, purpose: str, value: object) -> object:
        """The same for whatever JSON holds: texts in lists and objects are opened where they stand.

        What does not open is given as it is: columns that are never sealed hold what people chose, the mark as well.
        """
        if isinstance(value, str):
            try:
                return self.open(purpose, value)
            except Undecryptable:
                return value
        if isinstance(value, list | tuple):
            return [self.open_all(purpose, each) for each in value]
        if isinstance(value, dict):
            return {name: self.open_all(purpose, each) for name, each in value.items()}
        return value

    def _place(self, purpose: str) -> bytes:
        return f"{self.tenant_id}/{self.member_id}/{purpose}".encode()


class PersonalKeys:
    """Opens and makes data keys; remembers opened ones for some seconds."""

    def __init__(self, keys: KeyRing, clock: Clock) -> None:
        self._clock = clock
        self._wrapping = {_name(each): each for each in keys.derive("personal data keys")}
        self._secret = next(iter(self._wrapping))
        self._kept: OrderedDict[tuple[UUID, UUID], tuple[float, PersonalKey]] = OrderedDict()

    async def for_writing(self, tx: WriteUnit, member_id: UUID) -> PersonalKey:
        """The member's key, made if there is none, in the caller's transaction."""
        tenant_id = tx.require_tenant()
        known = self._known(tenant_id, member_id)
        if known is not None:
            return known
        offered = self._fresh(tenant_id, member_id)
        found = self._opened(tenant_id, member_id, await tx.fetch_row(_KEY_OF, member_id, offered, self._secret))
        tx.after_commit(lambda: self._keep(found))
        return found

    async def of_member(self, db: Database, tenant_id: TenantId, member_id: UUID) -> PersonalKey:
        """The same by itself, in one round trip: for hot paths that are one statement."""
        known = self._known(tenant_id, member_id)
        if known is not None:
            return known
        offered = self._fresh(tenant_id, member_id)
        rows = await db.call(_KEY_OF, tenant_id, member_id, offered, self._secret)
        return self._remember(self._opened(tenant_id, member_id, rows[0]))

    async def for_exporting(self, rx: ReadUnit, member_id: UUID) -> PersonalKey:
        """The member's key; one that opens plain text only where they never had one."""
        tenant_id = rx.tenant_id or PLATFORM_TENANT
        known = self._known(tenant_id, member_id)
        if known is not None:
            return known
        rows = await rx.fetch(_KEYS, [member_id])
        return self._opened(tenant_id, member_id, rows[0] if rows else None)

    async def for_reading(self, rx: ReadUnit, texts: Sequence[tuple[UUID, str]]) -> Mapping[UUID, PersonalKey]:
        """The keys of those members whose texts are sealed, and of the others a key that opens plain text only.

        Asks the database only for keys that are not remembered: nothing at all where nothing is sealed.
        """
        tenant_id = rx.tenant_id or PLATFORM_TENANT
        found, missing = self._remembered(tenant_id, texts)
        for row in await rx.fetch(_KEYS, missing) if missing else ():
            found[row["member_id"]] = self._remember(self._opened(tenant_id, row["member_id"], row))
        return found

    async def for_reading_in(
        self, db: Database, tenant_id: TenantId, texts: Sequence[tuple[UUID, str]]
    ) -> Mapping[UUID, PersonalKey]:
        """The same by itself; no transaction is opened where every key is remembered or nothing is sealed."""
        found, missing = self._remembered(tenant_id, texts)
        if not missing:
            return found
        async with db.read(tenant_id) as rx:
            return await self.for_reading(rx, texts)

    def _remembered(
        self, tenant_id: UUID, texts: Sequence[tuple[UUID, str]]
    ) -> tuple[dict[UUID, PersonalKey], list[UUID]]:
        """Keys by member, without one where none is needed, and the members whose keys have to be asked for."""
        found = {member: PersonalKey(tenant_id, member, None) for member, _ in texts}
        missing = []
        for member in {member for member, text in texts if is_sealed(text)}:
            known = self._known(tenant_id, member)
            if known is None:
                missing.append(member)
            else:
                found[member] = known
        return found, missing

    async def destroy(self, tx: WriteUnit, member_id: UUID) -> bool:
        """Whether there was a key to destroy. Other processes forget it within SECONDS_KEPT."""
        tenant_id = tx.require_tenant()
        done = await tx.execute(_DESTROY, member_id, self._clock.now())
        tx.after_commit(lambda: self.forget(tenant_id, member_id))
        return done > 0

    def forget(self, tenant_id: UUID, member_id: UUID) -> None:
        self._kept.pop((tenant_id, member_id), None)

    async def wrapped_under(self, worker_db: Database) -> tuple[int, int, int]:
        """How many data keys lie under the current secret, under retired ones, and under none that is known."""
        async with worker_db.write(None) as tx:
            many = {row["secret"]: int(row["many"]) for row in await tx.raw.fetch(_BY_SECRET)}
        known = sum(many.get(each, 0) for each in self._wrapping)
        current = many.get(self._secret, 0)
        return current, known - current, sum(many.values()) - known

    async def rewrap(self, worker_db: Database, *, at_once: int = 500) -> int:
        """Seal every data key under a retired secret with the current one; needs the worker's login. Safe to repeat and
        to interrupt.
        """
        done, retired = 0, [each for each in self._wrapping if each != self._secret]
        while True:
            async with worker_db.write(None) as tx:
                rows = await tx.raw.fetch(_UNDER_RETIRED, retired, at_once)
                for row in rows:
                    key = self._unwrap(row["tenant_id"], row["member_id"], row["wrapped"], row["secret"])
                    again = self._wrap(row["tenant_id"], row["member_id"], key)
                    await tx.raw.execute(_REWRAP, row["tenant_id"], row["member_id"], again, self._secret)
            done += len(rows)
            if len(rows) < at_once:
                return done

    def _known(self, tenant_id: UUID, member_id: UUID) -> PersonalKey | None:
        kept = self._kept.get((tenant_id, member_id))
        if kept is None or not 0 <= self._clock.now().timestamp() - kept[0] < SECONDS_KEPT:
            return None  # also after a clock was put back, or it would be remembered for as long as that was
        return kept[1]

    def _remember(self, key: PersonalKey) -> PersonalKey:
        self._keep(key)
        return key

    def _keep(self, key: PersonalKey) -> None:
        self._kept[key.tenant_id, key.member_id] = (self._clock.now().timestamp(), key)
        self._kept.move_to_end((key.tenant_id, key.member_id))
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    def _fresh(self, tenant_id: UUID, member_id: UUID) -> bytes:
        return self._wrap(tenant_id, member_id, AESGCM.generate_key(256))

    def _opened(self, tenant_id: UUID, member_id: UUID, row: asyncpg.Record | None) -> PersonalKey:
        if row is None or row["wrapped"] is None:
            return PersonalKey(tenant_id, member_id, None)
        return PersonalKey(tenant_id, member_id, self._unwrap(tenant_id, member_id, row["wrapped"], row["secret"]))

    def _wrap(self, tenant_id: UUID, member_id: UUID, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self._wrapping[self._secret]).encrypt(nonce, key, _owner(tenant_id, member_id))

    def _unwrap(self, tenant_id: UUID, member_id: UUID, wrapped: bytes, secret: str) -> bytes:
        wrapping = self._wrapping.get(secret)
        if wrapping is None:
            raise Undecryptable("a data key is sealed with a secret that is not among the valid ones")
        try:
            return AESGCM(wrapping).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _owner(tenant_id, member_id))
        except InvalidTag as error:
            raise Undecryptable("a data key was moved or changed") from error


def _owner(tenant_id: UUID, member_id: UUID) -> bytes:
    return f"{tenant_id}/{member_id}".encode()


def _name(wrapping: bytes) -> str:
    """Sixteen hexadecimal digits that stand for a secret and say nothing of it."""
    return hashlib.sha256(wrapping).hexdigest()[:16]
