"""The job that hands a queued mail to the mailer."""

import random
from datetime import datetime, timedelta

from scholr.kernel.errors import Unavailable
from scholr.kernel.ids import TenantId
from scholr.platform.db.statement import statement
from scholr.platform.jobs.job import Abandon, Job, Postpone
from scholr.platform.mail.port import Mail, MailNotAccepted, MailRefused
from scholr.platform.mail.send import DELIVER, MailToDeliver
from scholr.platform.module import JobDefinition
from scholr.platform.resilience.errors import DependencyUnavailable
from scholr.platform.resilience.policy import Dependency
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


# As long as RFC 5321, section 4.5.4.1 asks of a sender; until then an outage of the server loses nothing.
_GIVE_UP_AFTER = timedelta(days=4)
_FIRST_WAIT, _LONGEST_WAIT = 10.0, 900.0


async def deliver_mail(job: Job, payload: MailToDeliver) -> None:
    """Deliver once; a worker killed between the server's yes and our note of it delivers again, same Message-ID."""
    tenant_id: TenantId = job.tenant or PLATFORM_TENANT
    async with job.platform.db.read(tenant_id) as rx:
        row = await rx.fetch_row(_UNSENT, payload.mail_id)
    if row is None:
        return
    mail = Mail(row["id"], row["recipient"], row["subject"], row["text_body"], row["html_body"], row["created_at"])
    try:
        await job.platform.guards[Dependency.MAIL].call(lambda: job.platform.mailer.deliver(mail))
    except MailRefused as error:
        raise Abandon(error.message) from error
    except (MailNotAccepted, DependencyUnavailable) as error:
        raise _later(mail, job.platform.clock.now(), error) from error
    async with job.platform.db.write(tenant_id) as tx:
        await tx.execute(_SENT, mail.id)


def _later(mail: Mail, now: datetime, error: Unavailable) -> Abandon | Postpone:
    """Soon at first, then at intervals of a fifth of the mail's age, jittered so that a queue does not come at once."""
    age = now - mail.created_at
    if age > _GIVE_UP_AFTER:
        return Abandon(f"Nobody took it for {_GIVE_UP_AFTER.days} days: {error.message}")
    wait = min(max(_FIRST_WAIT, age.total_seconds() / 5, float(error.retry_after or 0)), _LONGEST_WAIT)
    return Postpone(error.message, wait * random.uniform(0.5, 1.5))


MAIL_JOB = JobDefinition(DELIVER, MailToDeliver, deliver_mail, attempts=8, timeout=timedelta(minutes=1))
