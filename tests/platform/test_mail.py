"""Mail: queued with the state that causes it, delivered once, forgotten afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from scholr.kernel.clock import SystemClock
from scholr.kernel.ids import new_id
from scholr.platform.jobs.store import list_failed
from scholr.platform.mail import send_mail
from scholr.platform.mail.local import LocalMailer
from scholr.platform.mail.port import Mail, MailNotAccepted, MailRefused
from scholr.platform.mail.smtp import SmtpMailer, SmtpSettings
from scholr.platform.resilience.breaker import BreakerState
from scholr.platform.resilience.guard import Guards
from scholr.platform.resilience.policy import Dependency
from scholr.platform.runtime import Platform
from tests.support.clock import MovableClock
from tests.support.delivery import settle, worker_db
from tests.support.school import School


def _mail(to: str = "ada@example.org") -> Mail:
    return Mail(new_id(), to, "Grüße", "Plain text.\n", "<p>Rich text.</p>", SystemClock().now())


@dataclass
class SmtpPeer:
    """A small SMTP server on a socket of its own; `refuse` maps a verb to the answer it gets instead."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    silent: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.silent:
                await reader.read()
                return
            writer.write(b"220 peer.example ESMTP\r\n")
            while line := (await reader.readline()).decode().strip():
                verb = line.split(" ")[0].split(":")[0].upper()
                writer.write((await self._answer(verb, line, reader, writer)).encode() + b"\r\n")
                if verb == "QUIT":
                    break
        finally:
            writer.close()

    async def _answer(self, verb: str, line: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        if verb in self.refuse:
            return self.refuse[verb]
        if verb == "RCPT":
            self.recipients.append(line)
        if verb == "DATA":
            writer.write(b"354 go on\r\n")
            raw = await reader.readuntil(b"\r\n.\r\n")
            self.messages.append(message_from_bytes(raw[:-3], policy=policy.default))
        return "221 bye" if verb == "QUIT" else "250 fine"


@asynccontextmanager
async def _peer(peer: SmtpPeer) -> AsyncIterator[SmtpPeer]:
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        await server.wait_closed()


def _smtp(peer: SmtpPeer, seconds: float = 5.0) -> SmtpMailer:
    settings = SmtpSettings("127.0.0.1", peer.port, "Scholr <no-reply@school.example>", tls="none", timeout=seconds)
    return SmtpMailer(settings)


async def test_smtp_carries_both_forms_and_a_stable_id() -> None:
    mail = _mail()
    async with _peer(SmtpPeer()) as peer:
        await _smtp(peer).deliver(mail)
        await _smtp(peer).deliver(mail)
    first, second = peer.messages
    assert first["Subject"] == "Grüße"
    assert first["From"] == "Scholr <no-reply@school.example>"
    assert first["To"] == "ada@example.org"
    plain, rich = first.get_body(("plain",)), first.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert (plain.get_content().strip(), rich.get_content().strip()) == ("Plain text.", "<p>Rich text.</p>")
    assert first["Message-ID"] == second["Message-ID"] == f"<{mail.id}@school.example>"


@pytest.mark.parametrize(
    ("refuse", "expected"),
    [
        ({"RCPT": "550 no such mailbox"}, MailRefused),
        ({"RCPT": "450 try later"}, MailNotAccepted),
        ({"DATA": "451 local error"}, MailNotAccepted),
        ({"MAIL": "530 authentication required"}, MailNotAccepted),
    ],
)
async def test_smtp_tells_never_from_not_now(refuse: dict[str, str], expected: type[Exception]) -> None:
    async with _peer(SmtpPeer(refuse=refuse)) as peer:
        with pytest.raises(expected):
            await _smtp(peer).deliver(_mail())


async def test_smtp_does_not_wait_for_a_silent_server() -> None:
    async with _peer(SmtpPeer(silent=True)) as peer, asyncio.timeout(5):
        with pytest.raises(MailNotAccepted):
            await _smtp(peer, seconds=0.2).deliver(_mail())


async def test_smtp_says_so_when_nobody_listens() -> None:
    async with _peer(SmtpPeer()) as peer:
        pass
    with pytest.raises(MailNotAccepted):
        await _smtp(peer).deliver(_mail())


async def test_the_local_mailer_keeps_the_newest_first(tmp_path: Path) -> None:
    mailer = LocalMailer(tmp_path / "mail")
    assert await mailer.kept() == []
    mails = [_mail(f"p{n}@example.org") for n in range(3)]
    for mail in mails:
        await mailer.deliver(mail)
    await mailer.deliver(mails[0])
    assert await LocalMailer(tmp_path / "mail").kept() == mails[::-1]
    assert await mailer.kept(limit=1) == [mails[2]]


async def test_a_mail_leaves_after_the_commit_and_is_forgotten(platform: Platform, school: School) -> None:
    async with platform.db.write(school.tenant_id) as tx:
        mail_id = await send_mail(tx, to="ada@example.org", subject="Hello", text="A secret link")
    await settle(platform)
    [kept] = await _kept(platform)
    assert (kept.id, kept.to, kept.text) == (mail_id, "ada@example.org", "A secret link")
    async with (await worker_db(platform)).read(None) as rx:
        row = await rx.raw.fetchrow("select text_body, sent_at from platform_mail where id = $1", mail_id)
    assert row is not None
    assert row["text_body"] == ""
    assert row["sent_at"] is not None


async def test_a_mail_without_a_tenant_leaves_and_cannot_be_read_back(platform: Platform) -> None:
    async with platform.db.write(None) as tx:
        await send_mail(tx, to="ada@example.org", subject="Reset", text="A secret link")
        assert await tx.raw.fetchval("select count(*) from platform_mail") == 0
        assert await tx.raw.fetchval("select count(*) from platform_job") == 0
    await settle(platform)
    assert [mail.subject for mail in await _kept(platform)] == ["Reset"]


async def test_a_rolled_back_mail_is_not_sent(platform: Platform, school: School) -> None:
    with pytest.raises(ZeroDivisionError):
        async with platform.db.write(school.tenant_id) as tx:
            await send_mail(tx, to="ada@example.org", subject="Hello", text="x")
            raise ZeroDivisionError
    await settle(platform)
    assert await _kept(platform) == []


@pytest.mark.parametrize("to", ["", "a@example.org\r\nBcc: everyone@example.org"])
async def test_refuses_to_carry_further_headers(platform: Platform, school: School, to: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        async with platform.db.write(school.tenant_id) as tx:
            await send_mail(tx, to=to, subject="Hello", text="x")


async def test_an_outage_delays_a_mail_and_a_refusal_ends_it(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    async with _peer(SmtpPeer(refuse={"RCPT": "450 busy"})) as peer:
        outside = replace(platform, mailer=_smtp(peer))
        async with platform.db.write(school.tenant_id) as tx:
            await send_mail(tx, to="ada@example.org", subject="Hello", text="x")
        await settle(outside, failures_expected=True)
        peer.refuse.clear()
        clock.advance(timedelta(minutes=5))
        await settle(outside)
        assert len(peer.messages) == 1

        peer.refuse["RCPT"] = "550 unknown"
        async with platform.db.write(school.tenant_id) as tx:
            await send_mail(tx, to="gone@example.org", subject="Hello", text="x")
        await settle(outside, failures_expected=True)
        async with platform.db.read(school.tenant_id) as rx:
            [failed] = await list_failed(rx)
    assert "unknown" in failed.error


class _GoneMailer:
    """A mail server that cannot be reached."""

    async def deliver(self, _mail: Mail) -> None:
        raise MailNotAccepted("nobody answers")


async def _outage(outside: Platform, clock: MovableClock, lasts: timedelta) -> None:
    """Let the queue try for as long as the outage lasts, at most a quarter of an hour and a half apart."""
    end = clock.now() + lasts
    while clock.now() < end:
        clock.advance(timedelta(hours=3))
        await settle(replace(outside, guards=Guards()), failures_expected=True)


async def test_a_mail_outlives_an_outage_of_two_days(platform: Platform, school: School, clock: MovableClock) -> None:
    async with platform.db.write(school.tenant_id) as tx:
        await send_mail(tx, to="ada@example.org", subject="Hello", text="x")

    await _outage(replace(platform, mailer=_GoneMailer()), clock, timedelta(days=2))
    clock.advance(timedelta(minutes=30))
    await settle(platform)

    assert [mail.subject for mail in await _kept(platform)] == ["Hello"]


async def test_a_mail_that_nobody_took_for_days_is_shown_as_failed(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    async with platform.db.write(school.tenant_id) as tx:
        await send_mail(tx, to="ada@example.org", subject="Hello", text="x")

    await _outage(replace(platform, mailer=_GoneMailer()), clock, timedelta(days=4, hours=6))

    async with platform.db.read(school.tenant_id) as rx:
        [failed] = await list_failed(rx)
    assert "4 days" in failed.error


async def test_a_mail_server_that_fails_is_left_alone_for_a_while(platform: Platform, school: School) -> None:
    async with platform.db.write(school.tenant_id) as tx:
        for number in range(10):
            await send_mail(tx, to=f"ada{number}@example.org", subject="Hello", text="x")

    await settle(replace(platform, mailer=_GoneMailer()), failures_expected=True)

    mail = platform.guards[Dependency.MAIL].snapshot()
    assert mail.breaker is BreakerState.OPEN
    assert mail.failures < 10


async def _kept(platform: Platform) -> list[Mail]:
    assert isinstance(platform.mailer, LocalMailer)
    return await platform.mailer.kept()
