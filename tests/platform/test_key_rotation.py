"""Replacing the secret key: every use of it takes both for a while, and stores nothing more under the old one."""

import ast
import dataclasses
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from scholr.contexts.auth import repository
from scholr.contexts.auth.service import second_step
from scholr.contexts.auth.tables import TotpRow
from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.service.erasing import PURPOSE as ERASURES
from scholr.contexts.media import addresses
from scholr.contexts.media.errors import BadSignature
from scholr.entrypoints.wiring import live_modules
from scholr.kernel.ids import PersonId, TenantId, new_id
from scholr.platform.idempotency.secrets import CannotOpen, request_secrets
from scholr.platform.runtime import Platform
from scholr.platform.security.encryption import Undecryptable, Vault
from scholr.platform.security.keys import KeyRing
from scholr.platform.security.personal import PersonalKeys
from scholr.platform.security.resealing import look_through
from scholr.platform.security.signatures import Signer, is_signed
from tests.architecture.source import sources
from tests.support.accounts import account
from tests.support.database import TestDatabase
from tests.support.school import School

Thing = Any
MEMBER = new_id()


@dataclass(frozen=True, slots=True)
class Use:
    """`make` something with a platform's keys, and see whether a platform with other keys `takes` it."""

    make: Callable[[Platform], Awaitable[Thing]]
    takes: Callable[[Platform, Thing], bool]


async def _sealed_totp(platform: Platform) -> bytes:
    return Vault(platform.keys, "totp").seal(b"JBSWY3DP")


def _opens_totp(platform: Platform, sealed: bytes) -> bool:
    try:
        return Vault(platform.keys, "totp").open(sealed) == b"JBSWY3DP"
    except Undecryptable:
        return False


async def _recovery_hash(platform: Platform) -> bytes:
    return second_step._code_hashes(platform, "abcde-fghjk")[0]


def _knows_recovery(platform: Platform, kept: bytes) -> bool:
    return kept in second_step._code_hashes(platform, "ABCDE FGHJK")


async def _first_answer(platform: Platform) -> tuple[bytes, bytes]:
    secret = request_secrets(platform.keys, actor=b"actor", key="once")[0]
    return secret.scope, secret.seal(b"201 Created")


def _finds_answer(platform: Platform, kept: tuple[bytes, bytes]) -> bool:
    scope, sealed = kept
    fitting = [each for each in request_secrets(platform.keys, actor=b"actor", key="once") if each.scope == scope]
    try:
        return any(each.open(sealed) == b"201 Created" for each in fitting)
    except CannotOpen:
        return False


async def _upload_address(platform: Platform) -> str:
    url, _until = await addresses.upload_address(platform, TenantId(new_id()), new_id(), most=1000)
    return url


def _takes_upload(platform: Platform, url: str) -> bool:
    return _takes_address(platform, url, "PUT")


async def _file_address(platform: Platform) -> str:
    expires = int((platform.clock.now() + timedelta(hours=1)).timestamp())
    return addresses._signed(platform.keys, "GET", "/media/files/a/b/c.png", expires, 0)


def _takes_file(platform: Platform, url: str) -> bool:
    return _takes_address(platform, url, "GET")


def _takes_address(platform: Platform, url: str, method: Any) -> bool:
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    try:
        addresses.check_signature(
            platform.keys,
            method,
            parts.path,
            expires=int(query["expires"]),
            most=int(query.get("most", 0)),
            signature=query["signature"],
            now=platform.clock.now(),
        )
    except BadSignature:
        return False
    return True


async def _checkpoint(platform: Platform) -> tuple[bytes, str]:
    signer = compliance.signer_of(platform)
    return signer.sign(b"entry 7"), signer.key


def _proves_checkpoint(platform: Platform, made: tuple[bytes, str]) -> bool:
    return is_signed(b"entry 7", *made, compliance.signer_of(platform).public) is True


async def _wrapped_data_key(platform: Platform) -> tuple[bytes, str]:
    keys = PersonalKeys(platform.keys, platform.clock)
    return keys._wrap(MEMBER, MEMBER, bytes(32)), keys._secret


def _opens_data_key(platform: Platform, made: tuple[bytes, str]) -> bool:
    try:
        return PersonalKeys(platform.keys, platform.clock)._unwrap(MEMBER, MEMBER, *made) == bytes(32)
    except Undecryptable:
        return False


async def _erasure_signature(platform: Platform) -> tuple[bytes, str]:
    signer = Signer.of(platform.keys, ERASURES)
    return signer.sign(b"erased"), signer.key


def _proves_erasure(platform: Platform, made: tuple[bytes, str]) -> bool:
    return is_signed(b"erased", *made, Signer.of(platform.keys, ERASURES).public) is True


# The name of the use, as `docs/operations/rotate-keys.md` has it, by the module and function that take the keys.
USES = {
    "totp secrets": Use(_sealed_totp, _opens_totp),
    "recovery codes": Use(_recovery_hash, _knows_recovery),
    "first answers": Use(_first_answer, _finds_answer),
    "upload addresses": Use(_upload_address, _takes_upload),
    "file addresses": Use(_file_address, _takes_file),
    "audit checkpoints": Use(_checkpoint, _proves_checkpoint),
    "data keys of people": Use(_wrapped_data_key, _opens_data_key),
    "erasure signatures": Use(_erasure_signature, _proves_erasure),
}
TAKES_KEYS = {
    "scholr.contexts.auth.service.second_step._vault": {"totp secrets"},
    "scholr.contexts.auth.service.second_step._code_hashes": {"recovery codes"},
    "scholr.contexts.compliance.service.signing.signer_of": {"audit checkpoints"},
    "scholr.contexts.compliance.service.erasing._signed": {"erasure signatures"},
    "scholr.contexts.compliance.service.proving._in_ledger": {"erasure signatures"},
    "scholr.contexts.compliance.service.proving.erasure_proof": {"erasure signatures"},
    "scholr.contexts.compliance.service.replaying.replay": {"erasure signatures"},
    "scholr.contexts.media.addresses._signed": {"upload addresses", "file addresses"},
    "scholr.contexts.media.addresses.check_signature": {"upload addresses", "file addresses"},
    "scholr.platform.idempotency.secrets.request_secrets": {"first answers"},
    "scholr.platform.security.resealing.look_through": {"totp secrets"},
}
RUNBOOK = Path(__file__).parents[2] / "docs" / "operations" / "rotate-keys.md"


@dataclass(frozen=True, slots=True)
class Stages:
    """The same deployment before, during and after: with the old key, with both (the new one first), with the new."""

    before: Platform
    during: Platform
    after: Platform


@pytest.fixture
def stages(platform: Platform) -> Stages:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    rings = (KeyRing((old,)), KeyRing((new, old)), KeyRing((new,)))
    return Stages(*(dataclasses.replace(platform, keys=ring) for ring in rings))


@pytest.mark.parametrize("name", USES)
async def test_what_was_made_before_is_taken_while_both_keys_are_valid(stages: Stages, name: str) -> None:
    use = USES[name]
    old = await use.make(stages.before)
    assert use.takes(stages.before, old)
    assert use.takes(stages.during, old)
    assert not use.takes(stages.after, old), "a dropped key is still good for something"


@pytest.mark.parametrize("name", USES)
async def test_what_is_made_meanwhile_needs_the_new_key_only(stages: Stages, name: str) -> None:
    use = USES[name]
    fresh = await use.make(stages.during)
    assert use.takes(stages.during, fresh)
    assert use.takes(stages.after, fresh)
    assert not use.takes(stages.before, fresh), "something new was still made with the retired key"


def test_every_place_that_takes_the_keys_is_in_the_table() -> None:
    """A use that is not here is one that nobody has seen rotate."""
    found = set()
    for source in sources():
        own = source.is_in("platform", "security") and source.parts[-1] != "resealing"
        if own or ("keys" not in source.text and "Vault(" not in source.text):
            continue
        for function in ast.walk(source.tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and any(
                map(_uses_keys, ast.walk(function))
            ):
                found.add(f"{source.module}.{function.name}")
    assert found == TAKES_KEYS.keys()
    # The last one is made inside of platform.security, which hands the keys to nobody.
    assert set.union(*TAKES_KEYS.values()) | {"data keys of people"} == USES.keys()


def _uses_keys(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id == "Vault"
    if not isinstance(node.func, ast.Attribute):
        return False
    owner = ast.unparse(node.func.value)
    return (node.func.attr in ("derive", "sign", "verify") and owner.endswith("keys")) or ast.unparse(
        node.func
    ) == "Signer.of"


def test_the_runbook_says_of_every_use_what_becomes_of_it() -> None:
    text = RUNBOOK.read_text()
    assert [name for name in USES if f"| {name} |" not in text] == []


async def _with_totp(stage: Platform, school: School) -> PersonId:
    person = (await account(school)).person_id
    sealed = Vault(stage.keys, "totp").seal(b"JBSWY3DP")
    async with stage.db.write(None, person_id=person) as tx:
        tx.session.add(TotpRow(person_id=person, secret=sealed, created_at=stage.clock.now()))
    return person


async def _secret_of(stage: Platform, person: PersonId) -> bytes:
    async with stage.db.read(None, person_id=person) as rx:
        row = await repository.totp(rx, person)
    assert row is not None
    return row.secret


async def test_stored_secrets_are_sealed_again_and_the_old_key_can_go(
    stages: Stages, school: School, database: TestDatabase
) -> None:
    people = [await _with_totp(stages.before, school) for _ in range(5)]
    [column] = [each for module in live_modules() for each in module.sealed]
    admin = await asyncpg.connect(database.admin)
    try:
        async for first in look_through(admin, column, stages.during.keys, reseal=True, size=2):
            assert first.current + first.retired + first.unknown == 2
            break  # stopped in the middle
        before = [each async for each in look_through(admin, column, stages.during.keys, reseal=False)]
        rest = [each async for each in look_through(admin, column, stages.during.keys, reseal=True, size=2)]
        again = [each async for each in look_through(admin, column, stages.during.keys, reseal=True, size=2)]
    finally:
        await admin.close()
    left = sum(each.retired for each in before)
    assert 3 <= left <= 5
    assert sum(each.retired for each in rest) == left
    assert sum(each.retired for each in again) == 0
    for person in people:
        assert _opens_totp(stages.after, await _secret_of(stages.after, person))
