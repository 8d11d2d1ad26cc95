"""The guard on hand-written statements."""

import pytest

from scholr.platform.db.statement import statement


@pytest.mark.parametrize(
    "sql",
    [
        "select id from identity_membership",
        "select id from identity_membership where id = $2",
        "select id from identity_membership where tenant_id = $10",
        "select id from identity_membership where id = $1",
        "",
    ],
)
def test_refuses_what_does_not_bind_the_tenant(sql: str) -> None:
    with pytest.raises(ValueError, match="tenant_id"):
        statement(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select id from identity_membership where tenant_id = $1 and id = $2",
        "insert into platform_inbox (tenant_id, consumer) values ($1, $2)",
    ],
)
def test_keeps_what_does(sql: str) -> None:
    assert statement(sql).sql == sql
