"""Mail: queued with the state that causes it, delivered by a job through a port."""

from scholr.platform.mail.send import send_mail, send_mails

__all__ = ["send_mail", "send_mails"]
