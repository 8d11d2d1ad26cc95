"""The job that hands a queued mail to the mailer."""

from datetime import timedelta

from scholr.kernel.ids import TenantId
from scholr.platform.db.statement import statement
from scholr.platform.jobs.job import Abandon, Job
from scholr.platform.mail.port import Mail, MailRefused
from scholr.platform.mail.send import DELIVER, MailToDeliver
from scholr.platform.module import JobDefinition
from scholr.platform.observability.trace import Span
from scholr.platform.tenantless import PLATFORM_TENANT

# One row by primary key.
_UNSENT = statement(
    "select id, recipient, subject, text_body, html_body, created_at from platform_mail"
    " where tenant_id = $1 and id = $2 and sent_at is null"
)

# What a mail said (reset links, names) is forgotten once it has left.
_SENT = statement(
    "update platform_mail set sent_at = now(), text_body = '', html_body = null where tenant_id = $1 and id = $2"
)


async def deliver_mail(job: Job, payload: MailToDeliver) -> None:
    """Deliver once; a worker killed between the server's yes and our note of it delivers again, same Message-ID."""
    tenant_id: TenantId = job.tenant or PLATFORM_TENANT
    async with job.platform.db.read(tenant_id) as rx:
        row = await rx.fetch_row(_UNSENT, payload.mail_id)
    if row is None:
        return
    mail = Mail(row["id"], row["recipient"], row["subject"], row["text_body"], row["html_body"], row["created_at"])
    try:
        with Span("mail deliver", "client"):
            await job.platform.mailer.deliver(mail)
    except MailRefused as error:
        raise Abandon(error.message) from error
    async with job.platform.db.write(tenant_id) as tx:
        await tx.execute(_SENT, mail.id)


MAIL_JOB = JobDefinition(DELIVER, MailToDeliver, deliver_mail, attempts=8, timeout=timedelta(minutes=1))
