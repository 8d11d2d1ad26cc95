"""The queue of mail; written and read by hand-made statements only."""

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid, func, text

from scholr.platform.db.personal import About, Erasure, Holder, Kind, Whose, describe, of
from scholr.platform.db.tables import CURRENT_TENANT, Base

Table(
    "platform_mail",
    Base.metadata,
    Column("tenant_id", Uuid, primary_key=True, server_default=text(CURRENT_TENANT)),
    Column("id", Uuid, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text_body", Text, nullable=False),
    Column("html_body", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("sent_at", DateTime(timezone=True)),
    Index("ix_platform_mail_created_at", "created_at"),
)

describe(
    "platform_mail",
    About(
        "Letters to the person",
        Whose("recipient", Holder.ADDRESS),
        of(Kind.CONTACT, "recipient")
        | of(Kind.WORDS, "subject", "text_body", "html_body")
        | of(Kind.BEHAVIOUR, "sent_at"),
        retention="mail",
        erasure=Erasure.DELETED,
    ),
)
