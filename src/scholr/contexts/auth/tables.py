"""Table definitions of auth.

All but API tokens belong to a person, not to a tenant: row-level security shows them to that person's own
session only (`app.person_id`), and everything that has to happen before anybody is known goes through the
definer functions of the migration.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from scholr.kernel.ids import new_id
from scholr.platform.db.personal import About, Erasure, Holder, Kind, Whose, describe, nobodys, of
from scholr.platform.db.tables import Base, TenantRow, TenantScoped, Timestamps

_PERSON = "identity_person.id"


class CredentialRow(Base):
    """A password, as an Argon2id hash in PHC form."""

    __tablename__ = "auth_credential"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"), primary_key=True)
    password_hash: Mapped[str]
    changed_at: Mapped[datetime]


class SessionRow(Base):
    """A browser that is signed in. `proof` is password, password+totp, password+recovery or passkey;
    `proven_at` is when it was last shown. `idle_seconds` ends a session that nobody uses.
    """

    __tablename__ = "auth_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    current_tenant_id: Mapped[UUID | None] = mapped_column(index=True)
    proof: Mapped[str]
    remembered: Mapped[bool]
    idle_seconds: Mapped[int]
    created_at: Mapped[datetime]
    proven_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    user_agent: Mapped[str] = mapped_column(Text, server_default="")
    address: Mapped[str] = mapped_column(Text, server_default="")


class OneTimeRow(Base):
    """A link or a step that works once: `purpose` is reset, verify or second_step."""

    __tablename__ = "auth_one_time"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(Text, server_default="")
    remembered: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class TotpRow(Base):
    """A second factor. `secret` is encrypted; `last_step` is the newest time step that was used."""

    __tablename__ = "auth_totp"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created_at: Mapped[datetime]


class RecoveryCodeRow(Base):
    __tablename__ = "auth_recovery_code"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class PasskeyRow(Base):
    __tablename__ = "auth_passkey"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    transports: Mapped[list[str]] = mapped_column(ARRAY(Text))
    backed_up: Mapped[bool]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class ChallengeRow(Base):
    """What a passkey has to sign. Reached only through definer functions, and gone once it was used."""

    __tablename__ = "auth_challenge"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    challenge: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ThrottleRow(Base):
    """Attempts by account or address; keys are hashes. Reached only through definer functions."""

    __tablename__ = "auth_throttle"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    first_at: Mapped[datetime]
    blocked_until: Mapped[datetime]


class ApiTokenRow(TenantRow, Timestamps, Base):
    """A key for programs, acting as one member. `hint` is its beginning, to tell tokens apart."""

    __tablename__ = "auth_api_token"
    __table_args__ = (
        Index("uq_auth_api_token_token_hash", "token_hash", unique=True),
        Index("ix_auth_api_token_membership", "tenant_id", "membership_id"),
    )

    membership_id: Mapped[UUID]
    name: Mapped[str]
    hint: Mapped[str]
    token_hash: Mapped[bytes]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInRuleRow(TenantScoped, Timestamps, Base):
    """Of whom the organisation asks a second step: nobody, staff, everybody. Without a row: nobody."""

    __tablename__ = "auth_sign_in_rule"

    second_step: Mapped[str]


class OperatorRow(Base):
    """One stay of a person as an operator of the deployment: it ends and is kept. `added_by` says from where."""

    __tablename__ = "auth_operator"
    __table_args__ = (
        Index("uq_auth_operator_person_id", "person_id", unique=True, postgresql_where=text("removed_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(_PERSON, ondelete="CASCADE"))
    added_at: Mapped[datetime]
    added_by: Mapped[str]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None]


class OperatorActRow(Base):
    """What an operator changed. Written and read by functions only."""

    __tablename__ = "auth_operator_act"
    __table_args__ = (Index("ix_auth_operator_act_at", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    person_id: Mapped[UUID]
    act: Mapped[str]
    subject: Mapped[str]


_MINE = Whose("person_id", Holder.PERSON)
_SECRET = "a key: whoever reads it could act as the person"
_ACCOUNT = "as long as the account"

describe(
    "auth_credential",
    About(
        "The password, as a hash",
        _MINE,
        of(Kind.SECRET, "password_hash") | of(Kind.BEHAVIOUR, "changed_at"),
        retention=_ACCOUNT,
        erasure=Erasure.DELETED,
        withheld={"password_hash": _SECRET},
    ),
)
describe(
    "auth_session",
    About(
        "A browser that is signed in",
        _MINE,
        of(Kind.SECRET, "token_hash")
        | of(Kind.TECHNICAL, "user_agent", "address")
        | of(Kind.BEHAVIOUR, "current_tenant_id", "proof", "remembered", "proven_at", "last_seen_at", "expires_at"),
        ("idle_seconds",),
        retention="sessions",
        erasure=Erasure.DELETED,
        withheld={"token_hash": _SECRET},
    ),
)
describe(
    "auth_one_time",
    About(
        "A link that works once, for a forgotten password or a new address",
        _MINE,
        of(Kind.CONTACT, "email")
        | of(Kind.SECRET, "token_hash")
        | of(Kind.BEHAVIOUR, "purpose", "remembered", "expires_at", "used_at"),
        retention="sessions",
        erasure=Erasure.DELETED,
        withheld={"token_hash": _SECRET},
    ),
)
describe(
    "auth_totp",
    About(
        "The second step, encrypted",
        _MINE,
        of(Kind.SECRET, "secret") | of(Kind.BEHAVIOUR, "confirmed_at", "last_step"),
        retention=_ACCOUNT,
        erasure=Erasure.DELETED,
        withheld={"secret": _SECRET},
    ),
)
describe(
    "auth_recovery_code",
    About(
        "Codes for a lost second step, as hashes",
        _MINE,
        of(Kind.SECRET, "code_hash") | of(Kind.BEHAVIOUR, "used_at"),
        retention=_ACCOUNT,
        erasure=Erasure.DELETED,
        withheld={"code_hash": _SECRET},
    ),
)
describe(
    "auth_passkey",
    About(
        "A passkey: which device, when it was last used",
        _MINE,
        of(Kind.TECHNICAL, "name", "transports", "backed_up", "sign_count", "public_key", "credential_id")
        | of(Kind.BEHAVIOUR, "last_used_at"),
        retention=_ACCOUNT,
        erasure=Erasure.DELETED,
    ),
)
describe(
    "auth_api_token",
    About(
        "A key for programs that act as the member",
        Whose("membership_id"),
        of(Kind.SECRET, "token_hash", "hint")
        | of(Kind.TECHNICAL, "name", "scopes")
        | of(Kind.BEHAVIOUR, "expires_at", "last_used_at", "revoked_at"),
        erasure=Erasure.DELETED,
        withheld={"token_hash": _SECRET, "hint": "the beginning of a key"},
    ),
)
describe("auth_sign_in_rule", nobodys("Of whom the organisation asks a second step", "second_step"))
describe("auth_challenge", nobodys("What a passkey has to sign; nobody is known yet", "purpose", "challenge"))
describe("auth_throttle", nobodys("Failed attempts by account or address, under hashes that lead nowhere", "key"))
_DEPLOYMENTS = "the deployment's own log of its operators; whoever runs it tells them"
describe(
    "auth_operator",
    About(
        "Who looks after the deployment, from when to when",
        personal=of(Kind.IDENTITY, "person_id", "added_by", "removed_by"),
        retention="for ever",
        erasure=Erasure.KEPT,
        withheld=dict.fromkeys(("person_id", "added_at", "added_by", "removed_at", "removed_by"), _DEPLOYMENTS),
    ),
)
describe(
    "auth_operator_act",
    About(
        "What operators of the deployment have changed",
        personal=of(Kind.BEHAVIOUR, "person_id", "act", "subject"),
        retention="for ever",
        erasure=Erasure.KEPT,
        withheld=dict.fromkeys(("person_id", "at", "act", "subject"), _DEPLOYMENTS),
    ),
)
