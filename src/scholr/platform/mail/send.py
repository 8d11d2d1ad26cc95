"""Queueing a mail in the caller's transaction."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from scholr.kernel.ids import new_id
from scholr.platform.db.unit import WriteUnit
from scholr.platform.jobs.queue import enqueue, enqueue_many
from scholr.platform.tenantless import row_tenant

DELIVER = "platform.deliver_mail"

_INSERT = """
insert into platform_mail (tenant_id, id, recipient, subject, text_body, html_body)
values ($1, $2, $3, $4, $5, $6)
"""

_INSERT_MANY = """
insert into platform_mail (tenant_id, id, recipient, subject, text_body)
select $1, g.id, g.recipient, $2, $3 from unnest($4::uuid[], $5::text[]) as g (id, recipient)
"""


class MailToDeliver(msgspec.Struct, frozen=True):
    """The job's payload: the mail itself stays in its table, which empties it after delivery."""

    mail_id: UUID


async def send_mail(tx: WriteUnit, *, to: str, subject: str, text: str, html: str | None = None) -> UUID:
    """Queue one mail that leaves once this transaction has committed; returns its id.

    In a unit without a tenant (a password reset) it belongs to the platform. Raises ValueError when an
    address or a subject holds a line break, which could smuggle in further headers.
    """
    _require_lines(to, subject)
    mail_id = new_id()
    await tx.raw.execute(_INSERT, row_tenant(tx.tenant_id), mail_id, to, subject, text, html)
    await enqueue(tx, DELIVER, MailToDeliver(mail_id))
    return mail_id


async def send_mails(tx: WriteUnit, *, to: Sequence[str], subject: str, text: str) -> None:
    """Queue the same text for many, a mail of their own for each, in two statements. See `send_mail`."""
    _require_lines(subject, *to)
    ids = [new_id() for _ in to]
    await tx.raw.execute(_INSERT_MANY, row_tenant(tx.tenant_id), subject, text, ids, list(to))
    await enqueue_many(tx, DELIVER, [MailToDeliver(each) for each in ids])


def _require_lines(*values: str) -> None:
    for value in values:
        if not value or any(char in value for char in "\r\n\0"):
            raise ValueError("a mail's address and subject are one line each")
