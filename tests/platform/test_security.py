"""Passwords, tokens and sealed secrets."""

import asyncio
import secrets
import statistics
import time

import pytest
from argon2 import PasswordHasher

from scholr.platform.security.encryption import Undecryptable, Vault
from scholr.platform.security.keys import KeyRing
from scholr.platform.security.passwords import LONGEST_QUEUE, Passwords, PasswordsBusy
from scholr.platform.security.tokens import new_token, token_hash


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords()


async def test_a_password_is_recognised_and_nothing_else(passwords: Passwords) -> None:
    stored = await passwords.hash("three lamps on a quay")
    assert stored.startswith("$argon2id$")
    assert (await passwords.verify("three lamps on a quay", stored)).right
    assert not (await passwords.verify("three lamps on a quay ", stored)).right


async def test_two_keyboards_type_the_same_password(passwords: Passwords) -> None:
    stored = await passwords.hash("caf\u00e9 on the corner")
    assert (await passwords.verify("cafe\u0301 on the corner", stored)).right


async def test_nobody_takes_as_long_as_somebody(passwords: Passwords) -> None:
    """Medians of CPU time in the hashing thread's process: wall time would measure the neighbours."""
    stored = await passwords.hash("three lamps on a quay")

    async def cost(against: str | None) -> float:
        spent = []
        for _ in range(9):
            before = time.process_time()
            assert not (await passwords.verify("some other password", against)).right
            spent.append(time.process_time() - before)
        return statistics.median(spent)

    known, unknown = await cost(stored), await cost(None)
    assert unknown == pytest.approx(known, rel=0.5)
    assert unknown > 0.005, "an account that does not exist costs a real comparison"


async def test_the_loop_runs_on_while_passwords_are_compared(passwords: Passwords) -> None:
    stored = await passwords.hash("three lamps on a quay")
    comparing = asyncio.gather(*(passwords.verify("three lamps on a quay", stored) for _ in range(8)))
    turns = 0
    while not comparing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 8
    assert all(verdict.right for verdict in await comparing)


async def test_a_stampede_is_told_to_come_back(passwords: Passwords) -> None:
    attempts = [asyncio.create_task(passwords.verify("x", None)) for _ in range(LONGEST_QUEUE + 5)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(outcome, PasswordsBusy) for outcome in outcomes) == 5


async def test_an_older_hash_is_renewed_when_the_password_comes_by(passwords: Passwords) -> None:
    stored = await passwords.hash("three lamps on a quay")
    assert (await passwords.verify("three lamps on a quay", stored)).fresh_hash is None
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("three lamps on a quay")
    fresh = (await passwords.verify("three lamps on a quay", weak)).fresh_hash
    assert fresh is not None
    assert (await passwords.verify("three lamps on a quay", fresh)).right


def test_tokens_are_long_random_and_hashed() -> None:
    made = {new_token("schlr_") for _ in range(100)}
    assert len(made) == 100
    assert all(len(token) == len("schlr_") + 43 for token in made)
    assert len(token_hash("x")) == 32


def test_a_retired_key_still_opens_and_a_foreign_one_does_not() -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    sealed = Vault(KeyRing((old,)), "totp").seal(b"secret")
    assert b"secret" not in sealed
    assert Vault(KeyRing((new, old)), "totp").open(sealed) == b"secret"
    for ring, purpose in ((KeyRing((new,)), "totp"), (KeyRing((old,)), "something else")):
        with pytest.raises(Undecryptable):
            Vault(ring, purpose).open(sealed)
