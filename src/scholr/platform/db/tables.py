"""What every table of the application is made of."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, MetaData, Text, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from scholr.kernel.ids import new_id

CURRENT_TENANT = "(nullif(current_setting('app.tenant_id', true), ''))::uuid"

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: DateTime(timezone=True), str: Text()}


class TenantScoped:
    """Mixed into every tenant table, directly where the key is a natural one: the tenant comes by itself.

    The column default is the second line of defence for bulk inserts, which pass the ORM's hooks.
    """

    @declared_attr
    def tenant_id(cls) -> Mapped[UUID]:
        return mapped_column(primary_key=True, server_default=text(CURRENT_TENANT), sort_order=-20)


class TenantRow(TenantScoped):
    """A tenant table with an id of its own: the key is `(tenant_id, id)`."""

    @declared_attr
    def id(cls) -> Mapped[UUID]:
        return mapped_column(primary_key=True, default=new_id, sort_order=-10)


class Timestamps:
    @declared_attr
    def created_at(cls) -> Mapped[datetime]:
        return mapped_column(server_default=func.now(), sort_order=90)

    @declared_attr
    def updated_at(cls) -> Mapped[datetime]:
        return mapped_column(server_default=func.now(), onupdate=func.now(), sort_order=91)


def within_tenant(column: str, target: str, *, on_delete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key that cannot leave its tenant: `(tenant_id, column)` to `target (tenant_id, id)`."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"], ondelete=on_delete)
