"""Mail over SMTP (RFC 5321), with timeouts."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr

import aiosmtplib

from scholr.platform.mail.port import Mail, MailNotAccepted, MailRefused


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """`sender` is `Name <address>`. `tls` is one of none, starttls, implicit. `timeout` is in seconds."""

    host: str
    port: int
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: str = "starttls"
    timeout: float = 10.0


class SmtpMailer:
    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    async def deliver(self, mail: Mail) -> None:
        settings = self._settings
        try:
            await aiosmtplib.send(
                compose(mail, settings.sender),
                hostname=settings.host,
                port=settings.port,
                username=settings.username or None,
                password=settings.password or None,
                use_tls=settings.tls == "implicit",
                start_tls=settings.tls == "starttls",
                timeout=settings.timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refusal([refused.code for refused in error.recipients], str(error)) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal([error.code], error.message) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailNotAccepted(f"The mail server {settings.host} did not answer: {error}") from error


def _refusal(codes: list[int], reason: str) -> MailNotAccepted | MailRefused:
    """5xx is final (RFC 5321, section 4.2.1), except what concerns our own login rather than the mail."""
    final = all(500 <= code < 600 and code not in (530, 534, 535, 538) for code in codes)
    return MailRefused(reason) if final else MailNotAccepted(reason)


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The message as it travels: plain text first, HTML as the alternative."""
    name, address = parseaddr(sender)
    message = EmailMessage()
    message["From"] = formataddr((name, address))
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message
