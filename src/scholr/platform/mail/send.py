"""Queueing a mail in the caller's transaction."""

from uuid import UUID

import msgspec

from scholr.kernel.ids import new_id
from scholr.platform.db.unit import WriteUnit
from scholr.platform.jobs.queue import enqueue
from scholr.platform.tenantless import row_tenant

DELIVER = "platform.deliver_mail"

_INSERT = """
insert into platform_mail (tenant_id, id, recipient, subject, text_body, html_body)
values ($1, $2, $3, $4, $5, $6)
"""


class MailToDeliver(msgspec.Struct, frozen=True):
    """The job's payload: the mail itself stays in its table, which empties it after delivery."""

    mail_id: UUID


async def send_mail(tx: WriteUnit, *, to: str, subject: str, text: str, html: str | None = None) -> UUID:
    """Queue one mail that leaves once this transaction has committed; returns its id.

    In a unit without a tenant (a password reset) it belongs to the platform. Raises ValueError when an
    address or a subject holds a line break, which could smuggle in further headers.
    """
    for value in (to, subject):
        if not value or any(char in value for char in "\r\n\0"):
            raise ValueError("a mail's address and subject are one line each")
    mail_id = new_id()
    await tx.raw.execute(_INSERT, row_tenant(tx.tenant_id), mail_id, to, subject, text, html)
    await enqueue(tx, DELIVER, MailToDeliver(mail_id))
    return mail_id
