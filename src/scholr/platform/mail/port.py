"""The port to whatever carries mail away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from scholr.kernel.errors import DomainError, ErrorKind, Unavailable


@dataclass(frozen=True, slots=True)
class Mail:
    """`id` is the same in every attempt: a mail delivered twice can be recognised as one."""

    id: UUID
    to: str
    subject: str
    text: str
    html: str | None
    created_at: datetime


class MailNotAccepted(Unavailable):
    """The mail could not be handed over just now; the job tries again later."""

    code = "mail_not_accepted"
    message = "The mail server did not take the message."


class MailRefused(DomainError):
    """The mail server will never take this message (SMTP 5xx); trying again would not help."""

    code = "mail_refused"
    kind = ErrorKind.INVALID
    message = "The mail server refused the message."


class Mailer(Protocol):
    async def deliver(self, mail: Mail) -> None:
        """Hand one mail over; raises MailNotAccepted or MailRefused."""
        ...


class NoMailer:
    """Where nothing was configured: mail stays queued, is retried, and is then shown as failed."""

    async def deliver(self, mail: Mail) -> None:
        raise MailNotAccepted(f"No mail server is configured; mail {mail.id} stays in the queue.")
