"""Table definitions of media."""

from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from scholr.platform.db.tables import Base, TenantRow, Timestamps


class AssetRow(TenantRow, Timestamps, Base):
    """One uploaded file. `size` is in bytes: what was announced, then what arrived.

    `content_type` is what the bytes were found to be, never what the client said; empty until they arrived.
    `failure` is the code of what went wrong, empty otherwise.
    """

    __tablename__ = "media_asset"
    __table_args__ = (Index("ix_media_asset_owner", "tenant_id", "owner_id", "id"),)

    owner_id: Mapped[UUID]
    filename: Mapped[str]
    alt: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str]
    kind: Mapped[str]
    content_type: Mapped[str] = mapped_column(server_default="")
    size: Mapped[int] = mapped_column(BigInteger)
    failure: Mapped[str] = mapped_column(server_default="")
