"""Table definitions of media."""

from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from scholr.platform.db.personal import describe, nobodys
from scholr.platform.db.tables import Base, TenantRow, Timestamps


class AssetRow(TenantRow, Timestamps, Base):
    """One uploaded file. `size` is in bytes: what was announced, then what arrived.

    `content_type` is what the bytes were found to be, never what the client said; empty until they arrived.
    `stored_as` names the object that was accepted, within the file's folder; empty until one was.
    `failure` is the code of what went wrong, empty otherwise.
    """

    __tablename__ = "media_asset"
    __table_args__ = (
        Index("ix_media_asset_owner", "tenant_id", "owner_id", "id"),
        Index("ix_media_asset_awaited", "tenant_id", "created_at", postgresql_where=text("state = 'awaited'")),
    )

    owner_id: Mapped[UUID]
    filename: Mapped[str]
    alt: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str]
    kind: Mapped[str]
    content_type: Mapped[str] = mapped_column(server_default="")
    size: Mapped[int] = mapped_column(BigInteger)
    stored_as: Mapped[str] = mapped_column(server_default="")
    failure: Mapped[str] = mapped_column(server_default="")


describe(
    "media_asset",
    nobodys(
        "A file of a course",
        *("filename", "alt", "state", "kind", "content_type", "stored_as", "failure"),
        traces=("owner_id",),
    ),
)
