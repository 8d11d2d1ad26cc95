"""The rules of auth, pure."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from scholr.contexts.auth.common_passwords import COMMON_PASSWORDS
from scholr.contexts.auth.errors import WeakPassword
from scholr.kernel.actor import Role

SessionId = NewType("SessionId", UUID)
TokenId = NewType("TokenId", UUID)
PasskeyId = NewType("PasskeyId", UUID)

# NIST SP 800-63B-4, 3.1.1.2: a password that is the only factor has at least 15 characters. Each organisation decides
# of whom it asks a second one, so the one rule holds for everybody. No composition rules, no forced changes.
SHORTEST_PASSWORD = 15
LONGEST_PASSWORD = 128
SHORTEST_PERSONAL_WORD = 4


class Proof(StrEnum):
    """How the person behind a session was proven."""

    PASSWORD = "password"
    TOTP = "password+totp"
    RECOVERY_CODE = "password+recovery"
    PASSKEY = "passkey"
    INVITATION = "invitation"


TWO_FACTORS = frozenset({Proof.TOTP, Proof.PASSKEY})
"""What a stolen password alone does not open; a passkey is verified by its own device. A recovery code is a way back
into the account, to set a second step up again, and no more."""


MAY_CHANGE_FACTORS = TWO_FACTORS | {Proof.RECOVERY_CODE}
"""Of an account that has a factor which an organisation asks for, or that is an operator's."""


def stronger(had: Proof, shown: Proof) -> Proof:
    """What a session that was opened by `had` counts as, once `shown` was shown in it, too."""
    return had if had in TWO_FACTORS and shown not in TWO_FACTORS else shown


class AskedOf(StrEnum):
    """Of whom an organisation asks a second step."""

    NOBODY = "nobody"
    STAFF = "staff"
    EVERYBODY = "everybody"


STAFF = frozenset(Role) - {Role.LEARNER, Role.OBSERVER}


def is_enough(proof: Proof, asked_of: AskedOf, roles: frozenset[Role]) -> bool:
    """Whether a session that was proven like this may work in an organisation that asks this of its members."""
    asked = asked_of is AskedOf.EVERYBODY or (asked_of is AskedOf.STAFF and not roles.isdisjoint(STAFF))
    return not asked or proof in TWO_FACTORS


class Purpose(StrEnum):
    """What a one-time token is good for."""

    RESET = "reset"
    VERIFY = "verify"
    SECOND_STEP = "second_step"


LIFETIMES = {
    Purpose.RESET: timedelta(hours=1),
    Purpose.VERIFY: timedelta(days=3),
    Purpose.SECOND_STEP: timedelta(minutes=10),
}


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """A session ends after `idle` without a request, and at `absolute` in any case."""

    idle: timedelta
    absolute: timedelta


# A shared computer forgets within a day. A remembered one follows NIST SP 800-63B-4, 2.1.3: thirty days at most.
FORGOTTEN = SessionLimits(idle=timedelta(hours=8), absolute=timedelta(hours=24))
REMEMBERED = SessionLimits(idle=timedelta(days=14), absolute=timedelta(days=30))

RECENT = timedelta(minutes=15)
"""How long after a proof the person may change what protects the account without showing it again."""


def limits_of(remembered: bool) -> SessionLimits:
    return REMEMBERED if remembered else FORGOTTEN


def is_recent(proven_at: datetime, now: datetime) -> bool:
    return now - proven_at <= RECENT


def checked_password(password: str, *, personal: tuple[str, ...] = ()) -> str:
    """The password, or WeakPassword with what to do. `personal` are an e-mail address and names to keep out of it."""
    problem = password_problem(password, personal=personal)
    if problem is not None:
        raise WeakPassword(problem, fields={"password": problem})
    return password


def password_problem(password: str, *, personal: tuple[str, ...] = ()) -> str | None:
    if len(password) < SHORTEST_PASSWORD:
        return f"Use at least {SHORTEST_PASSWORD} characters: three or four words make a good password."
    if len(password) > LONGEST_PASSWORD:
        return f"Use at most {LONGEST_PASSWORD} characters."
    folded = password.casefold()
    if _is_common(folded):
        return "This password is one of the first that people try. Choose another one."
    word = next((word for word in _personal_words(personal) if word in folded), None)
    return f"Leave “{word}” out of it: it is easy to guess." if word else None


def _is_common(folded: str) -> bool:
    """A well-known password, also when it was only repeated or lengthened, or a text of hardly any characters."""
    letters = "".join(char for char in folded if char.isalnum())
    if len(set(letters)) < 5 or letters in COMMON_PASSWORDS:
        return True
    return any(letters.replace(common, "").strip("0123456789") == "" for common in COMMON_PASSWORDS)


def _personal_words(personal: tuple[str, ...]) -> list[str]:
    words: list[str] = []
    for text in personal:
        folded = text.casefold().strip()
        candidates = [folded, *folded.split("@", 1)] if "@" in folded else [folded, folded.replace(" ", "")]
        words.extend(word for word in candidates if len(word) >= SHORTEST_PERSONAL_WORD)
    return words


TOTP_PERIOD = 30
_TOTP_DRIFT = 1


def matching_step(code_at: Callable[[int], str], code: str, now: datetime, last_step: int) -> int | None:
    """The time step that the code belongs to: this one or a neighbour, and newer than every one used before.

    RFC 6238, 5.2: a code is accepted once. None when it is wrong, too old, or was used. `code_at` takes
    seconds since the epoch.
    """
    typed = "".join(code.split())
    current = int(now.timestamp()) // TOTP_PERIOD
    for step in range(current - _TOTP_DRIFT, current + _TOTP_DRIFT + 1):
        if step > last_step and hmac.compare_digest(code_at(step * TOTP_PERIOD).encode(), typed.encode()):
            return step
    return None


def normal_recovery_code(code: str) -> str:
    """A recovery code as it was made, however it was typed."""
    return "".join(char for char in code.casefold() if char.isalnum())
