"""Table definitions of identity."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from scholr.kernel.ids import new_id
from scholr.platform.db.personal import About, Erasure, Holder, Kind, Whose, describe, nobodys, of
from scholr.platform.db.tables import Base, TenantRow, TenantScoped, Timestamps, within_tenant

_OPEN = text("accepted_at is null and revoked_at is null")


class OrganizationRow(TenantScoped, Timestamps, Base):
    """The tenant itself: its row is visible to itself only. `brand_colour` is #rrggbb."""

    __tablename__ = "identity_organization"

    name: Mapped[str]
    brand_colour: Mapped[str] = mapped_column(Text, server_default="#2348bd")
    logo_digest: Mapped[str | None]
    locale: Mapped[str] = mapped_column(Text, server_default="en")
    time_zone: Mapped[str] = mapped_column(Text, server_default="UTC")


class LogoRow(TenantScoped, Base):
    """The organisation's mark, at most 512 kB; apart from the organisation, whose row is read all the time."""

    __tablename__ = "identity_logo"

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey("identity_organization.tenant_id", ondelete="CASCADE"),
        primary_key=True,
        server_default=text("(nullif(current_setting('app.tenant_id', true), ''))::uuid"),
        sort_order=-20,
    )
    content: Mapped[bytes]
    media_type: Mapped[str]


class PersonRow(Base):
    """Global and thin. Seen by that person's own session, or through a SECURITY DEFINER function.

    `locale` and `time_zone` null mean the organisation's.
    """

    __tablename__ = "identity_person"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text, server_default="")
    email_verified_at: Mapped[datetime | None]
    locale: Mapped[str | None]
    time_zone: Mapped[str | None]
    theme: Mapped[str] = mapped_column(Text, server_default="system")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MembershipRow(TenantRow, Timestamps, Base):
    """What one tenant knows of a person. `person_id` is null for the tenant's own service account."""

    __tablename__ = "identity_membership"
    __table_args__ = (
        CheckConstraint("status in ('active', 'suspended')", name="status"),
        CheckConstraint("cardinality(roles) > 0", name="roles"),
        Index("uq_identity_membership_person", "tenant_id", "person_id", unique=True),
        Index("ix_identity_membership_person", "person_id"),
        Index("ix_identity_membership_email", "tenant_id", text("lower(email)")),
        Index("ix_identity_membership_name", "tenant_id", text("lower(display_name)"), "id"),
        Index("ix_identity_membership_owner", "tenant_id", "id", postgresql_where=text("'owner' = any(roles)")),
    )

    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity_person.id"))
    email: Mapped[str]
    display_name: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str] = mapped_column(server_default="active")
    last_seen_at: Mapped[datetime | None]


class GroupRow(TenantRow, Timestamps, Base):
    """A named set of members."""

    __tablename__ = "identity_group"
    __table_args__ = (Index("uq_identity_group_name", "tenant_id", text("lower(name)"), unique=True),)

    name: Mapped[str]
    description: Mapped[str] = mapped_column(Text, server_default="")


class GroupMemberRow(TenantScoped, Base):
    __tablename__ = "identity_group_member"
    __table_args__ = (
        within_tenant("group_id", "identity_group", on_delete="CASCADE"),
        within_tenant("membership_id", "identity_membership", on_delete="CASCADE"),
        Index("ix_identity_group_member_membership", "tenant_id", "membership_id"),
    )

    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(primary_key=True)
    added_at: Mapped[datetime] = mapped_column(server_default=func.now())


class InvitationRow(TenantRow, Timestamps, Base):
    """A letter to an address. One open invitation for each address and tenant; only the token's hash is kept."""

    __tablename__ = "identity_invitation"
    __table_args__ = (
        Index("uq_identity_invitation_token_hash", "token_hash", unique=True),
        Index("uq_identity_invitation_open", "tenant_id", "email", unique=True, postgresql_where=_OPEN),
    )

    email: Mapped[str]
    display_name: Mapped[str] = mapped_column(Text, server_default="")
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    token_hash: Mapped[bytes]
    invited_by: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    last_sent_at: Mapped[datetime]
    times_sent: Mapped[int] = mapped_column(server_default="1")
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]


class DomainRow(TenantRow, Timestamps, Base):
    """A host name that the organisation claims. `challenge` is what its DNS must answer."""

    __tablename__ = "identity_domain"
    __table_args__ = (
        Index("uq_identity_domain_tenant", "tenant_id", "host", unique=True),
        Index("uq_identity_domain_host", "host", unique=True, postgresql_where=text("verified_at is not null")),
    )

    host: Mapped[str]
    challenge: Mapped[str]
    verified_at: Mapped[datetime | None]
    last_checked_at: Mapped[datetime | None]


class ChoiceRow(TenantRow, Base):
    """One decision of a member about a purpose (`model.PURPOSES`); rows are added, never changed: the newest holds.

    `version` is that of the text that was shown. `decided_by` is the member, or who wrote it down for them.
    """

    __tablename__ = "identity_choice"
    __table_args__ = (Index("ix_identity_choice_of", "tenant_id", "learner_id", "purpose", "id"),)

    learner_id: Mapped[UUID]
    purpose: Mapped[str]
    version: Mapped[int]
    given: Mapped[bool]
    decided_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]


class DirectoryRow(TenantScoped, Base):
    """What may be told of a learner without asking; an organisation without a row goes by `model.DIRECTORY`."""

    __tablename__ = "identity_directory"

    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]


_MEMBER = Whose("membership_id")
_SECRET = "a key: whoever reads it could act as the person"

describe(
    "identity_person",
    About(
        "The account that a person signs in with, wherever they belong",
        Whose("id", Holder.PERSON),
        of(Kind.CONTACT, "email", "email_verified_at")
        | of(Kind.IDENTITY, "name")
        | of(Kind.TECHNICAL, "locale", "time_zone", "theme"),
        retention="as long as the account",
        erasure=Erasure.BLANKED,
    ),
)
describe(
    "identity_membership",
    About(
        "What the organisation calls the person, how it writes to them, what they may do",
        Whose("id"),
        of(Kind.CONTACT, "email")
        | of(Kind.IDENTITY, "display_name", "person_id", "roles", "status")
        | of(Kind.BEHAVIOUR, "last_seen_at"),
        erasure=Erasure.BLANKED,
    ),
)
describe(
    "identity_group_member",
    About(
        "Which groups the person is in",
        _MEMBER,
        of(Kind.IDENTITY, "added_at"),
        ("group_id",),
        erasure=Erasure.DELETED,
    ),
)
describe(
    "identity_invitation",
    About(
        "A letter that asks somebody in",
        Whose("email", Holder.ADDRESS),
        of(Kind.CONTACT, "email", "last_sent_at", "times_sent")
        | of(Kind.IDENTITY, "display_name", "roles", "accepted_at", "accepted_by", "expires_at", "revoked_at")
        | of(Kind.TRACE, "invited_by")
        | of(Kind.SECRET, "token_hash"),
        retention="invitations",
        erasure=Erasure.DELETED,
        withheld={"token_hash": _SECRET},
    ),
)
describe(
    "identity_choice",
    About(
        "What the person agreed to or objected to, each decision with its time and the text that was shown",
        Whose("learner_id"),
        of(Kind.BEHAVIOUR, "purpose", "version", "given", "decided_at", "decided_by"),
    ),
)
describe(
    "identity_directory",
    nobodys("What the organisation counts as directory information (FERPA)", "fields", traces=("changed_by",)),
)
describe("identity_group", nobodys("A named set of members", "name", "description"))
describe(
    "identity_organization",
    nobodys("The organisation", "name", "brand_colour", "logo_digest", "locale", "time_zone"),
)
describe("identity_logo", nobodys("The organisation's mark", "content", "media_type"))
describe("identity_domain", nobodys("A host name of the organisation", "host", "challenge"))
