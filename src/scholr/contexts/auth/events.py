"""Facts that auth publishes, one to each organisation that they concern; `aggregate_id` is the membership there.

People are global: what happens to an account happens in every organisation of its person, so each is told. Signing
in is told to the organisation where the session begins, and to no other. Written by `auth_tell` (migration 0011).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from scholr.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Event):
    """`proof` is how: password, password+totp, password+recovery, passkey, invitation."""

    event_type: ClassVar[str] = "auth.signed_in"
    aggregate_type: ClassVar[str] = "membership"

    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(Event):
    """Somebody who may not have been the member got the `step` wrong: password, code, passkey, confirm."""

    event_type: ClassVar[str] = "auth.sign_in_failed"
    aggregate_type: ClassVar[str] = "membership"

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationEntered(Event):
    """A session that began elsewhere was moved here by its person."""

    event_type: ClassVar[str] = "auth.organization_entered"
    aggregate_type: ClassVar[str] = "membership"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """`aggregate_id` is the session. `by_staff`: not by its own person."""

    event_type: ClassVar[str] = "auth.session_ended"
    aggregate_type: ClassVar[str] = "session"

    by_staff: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSessionsEnded(Event):
    """A person signed all other devices out; `ended` is how many."""

    event_type: ClassVar[str] = "auth.other_sessions_ended"
    aggregate_type: ClassVar[str] = "membership"

    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """`by_link`: through a link that was mailed, or set by the program, and not by showing the old one."""

    event_type: ClassVar[str] = "auth.password_changed"
    aggregate_type: ClassVar[str] = "membership"

    by_link: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStepEnabled(Event):
    event_type: ClassVar[str] = "auth.second_step_enabled"
    aggregate_type: ClassVar[str] = "membership"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStepDisabled(Event):
    event_type: ClassVar[str] = "auth.second_step_disabled"
    aggregate_type: ClassVar[str] = "membership"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesRenewed(Event):
    event_type: ClassVar[str] = "auth.recovery_codes_renewed"
    aggregate_type: ClassVar[str] = "membership"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAdded(Event):
    event_type: ClassVar[str] = "auth.passkey_added"
    aggregate_type: ClassVar[str] = "membership"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRemoved(Event):
    event_type: ClassVar[str] = "auth.passkey_removed"
    aggregate_type: ClassVar[str] = "membership"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCreated(Event):
    """`aggregate_id` is the token; it acts as `membership_id`."""

    event_type: ClassVar[str] = "auth.token_created"
    aggregate_type: ClassVar[str] = "token"

    membership_id: UUID
    scopes: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(Event):
    """`aggregate_id` is the token."""

    event_type: ClassVar[str] = "auth.token_revoked"
    aggregate_type: ClassVar[str] = "token"

    membership_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRuleChanged(Event):
    """Of whom a second step is asked: nobody, staff, everybody; and of whom it was before."""

    event_type: ClassVar[str] = "auth.sign_in_rule_changed"
    aggregate_type: ClassVar[str] = "organization"

    second_step: str
    before: str


EVENTS = (
    SignedIn,
    SignInFailed,
    OrganizationEntered,
    SessionEnded,
    OtherSessionsEnded,
    PasswordChanged,
    SecondStepEnabled,
    SecondStepDisabled,
    RecoveryCodesRenewed,
    PasskeyAdded,
    PasskeyRemoved,
    TokenCreated,
    TokenRevoked,
    SignInRuleChanged,
)
