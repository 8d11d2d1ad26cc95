"""The first layer of isolation: the tenant is added to every ORM statement by itself.

Row-level security in PostgreSQL is the second. Each is tested with the other switched off
(`tests/platform/test_tenancy.py`).
"""

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria

from scholr.platform.db.errors import TenantMismatch
from scholr.platform.db.tables import TenantScoped


class TenantSession(Session):
    """A session that knows its tenant from `info["tenant_id"]`."""


@event.listens_for(TenantSession, "do_orm_execute")
def _add_tenant(state: ORMExecuteState) -> None:
    if state.is_relationship_load or state.is_column_load:
        return  # the criteria of the parent statement travel with the load
    tenant_id = state.session.info["tenant_id"]
    state.statement = state.statement.options(
        with_loader_criteria(TenantScoped, lambda cls: cls.tenant_id == tenant_id, include_aliases=True)
    )


@event.listens_for(TenantSession, "before_flush")
def _stamp_tenant(session: Session, _context: UOWTransaction, _instances: object) -> None:
    tenant_id = session.info["tenant_id"]
    for row in session.new:
        if isinstance(row, TenantScoped):
            if row.tenant_id is None:
                row.tenant_id = tenant_id
            _refuse_foreign(row, tenant_id)
    for row in (*session.dirty, *session.deleted):
        if isinstance(row, TenantScoped):
            _refuse_foreign(row, tenant_id)


def _refuse_foreign(row: TenantScoped, tenant_id: object) -> None:
    if tenant_id is None or row.tenant_id != tenant_id:
        raise TenantMismatch(f"{type(row).__name__} of another tenant in this unit of work")
