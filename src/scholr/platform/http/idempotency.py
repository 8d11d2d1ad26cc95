"""Requests that are sent twice and have one effect.

Below /api: Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) for every unsafe request. On pages: every
form holds a key that is fresh with each rendering, so that a second tap on the button, or a browser that repeats
itself, gets the first answer again instead of a second course, token or mail.

The effects of the request and its answer commit in one transaction: there is no moment at which one exists
without the other. The same key and request get the first answer again, byte for byte.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import msgspec
from litestar.enums import ScopeType
from litestar.types import (
    ASGIApp,
    HTTPDisconnectEvent,
    HTTPReceiveMessage,
    HTTPRequestEvent,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
)

from scholr.kernel.actor import Actor, ActorKind
from scholr.kernel.errors import Conflict, DomainError, ErrorKind, Invalid
from scholr.platform.db.unit import WriteUnit
from scholr.platform.http.context import header, platform_of, request_context
from scholr.platform.http.pace import BodyCutOff
from scholr.platform.http.policy import content_security_policy
from scholr.platform.idempotency import store
from scholr.platform.idempotency.secrets import RequestSecret, request_secrets
from scholr.platform.runtime import Platform
from scholr.platform.tenantless import row_tenant

HEADER = b"idempotency-key"
KEPT_FOR = timedelta(hours=24)
KEPT_FOR_FORMS = timedelta(minutes=15)
FORM_FIELD = "form_key"
FLASH_COOKIE = "scholr_flash"
"""Words for the next page. The only cookie that a repeated form gets again: all others are for one receiver."""

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LONGEST = 255
_FORM_KEY = re.compile(rb"(?:^|&)" + FORM_FIELD.encode() + rb"=([0-9a-f]{8}-[0-9a-f-]{27})(?:&|$)")
_PATIENCE = "set local lock_timeout = '10s'"


class MalformedKey(DomainError):
    code = "idempotency_key_malformed"
    kind = ErrorKind.MALFORMED
    message = "Idempotency-Key is one value of 1 to 255 printable ASCII characters, such as a UUID."


class KeyReused(Invalid):
    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for another request. Use a fresh key for each new one."


class KeyInProgress(Conflict):
    code = "idempotency_key_in_progress"
    message = "A request with this Idempotency-Key is still running. Try again in a moment."


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """A whole response; headers as ASGI has them."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def commits(self) -> bool:
        """A request that broke leaves nothing behind. Refusals may have effects: a failed sign-in is counted."""
        return self.status < 500

    @property
    def is_kept(self) -> bool:
        """Not what may come out differently next time, nor a cookie, which only its first receiver may have."""
        return self.commits and self.status not in (401, 429) and not any(k == b"set-cookie" for k, _ in self.headers)

    def for_repeating(self, policy: str) -> "Answer":
        """What a form's second sending gets. The page's own policy stays with it: its nonces are in the text."""
        headers = [
            (name, value)
            for name, value in self.headers
            if name != b"set-cookie" or value.startswith(f"{FLASH_COOKIE}=".encode())
        ]
        return Answer(self.status, [*headers, (b"content-security-policy", policy.encode())], self.body)

    async def send(self, send: Send, *, replayed: bool = False) -> None:
        headers = [*self.headers, (b"idempotency-replayed", b"true")] if replayed else self.headers
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


class _Undo(Exception):
    """Carries an answer out of the transaction that it must not commit."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One request with a key. `secrets` are its places in the table, the current one first."""

    scope: HTTPScope
    body: bytes
    secrets: list[RequestSecret]
    is_form: bool = False

    def fingerprint(self, secret: RequestSecret) -> bytes:
        head = f"{self.scope['method']} {self.scope['path']}?{self.scope['query_string'].decode('latin-1')}\0"
        return secret.fingerprint(head.encode() + self.body)


def idempotency(app: ASGIApp) -> ASGIApp:
    """A Litestar middleware: inside the error handlers' reach, around the route."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not (_is_form(scope) or _key_of(scope)):
            await app(scope, receive, send)
            return
        body, platform = await _whole_body(receive), platform_of(scope)
        attempt = _attempt(platform, scope, body)
        if attempt is None:
            await app(scope, _replaying(body), send)
            return
        answer, replayed = await _answer(platform, app, request_context(scope).actor, attempt)
        await answer.send(send, replayed=replayed)

    return handle


def _attempt(platform: Platform, scope: HTTPScope, body: bytes) -> _Attempt | None:
    """None for a form without a key, which no page of ours shows."""
    identity = _identity(scope, request_context(scope).actor)
    key = _key_of(scope)
    if key is not None:
        return _Attempt(scope, body, request_secrets(platform.keys, actor=identity, key=key))
    found = _FORM_KEY.search(body)
    if found is None:
        return None
    # A form that was changed after going back is another request, not a wrong one.
    address = f"{scope['path']}?{scope['query_string'].decode('latin-1')}".encode()
    key = f"form {found[1].decode()} {hashlib.sha256(address + bytes(1) + body).hexdigest()}"
    return _Attempt(scope, body, request_secrets(platform.keys, actor=identity, key=key), is_form=True)


def _is_form(scope: HTTPScope) -> bool:
    """Whether a person sent a form of a page. Scripts send the same one many times and mean it."""
    return (
        scope["method"] == "POST"
        and not scope["path"].startswith("/api/")
        and request_context(scope).actor.kind is ActorKind.PERSON
        and (header(scope, b"content-type") or "").startswith("application/x-www-form-urlencoded")
        and header(scope, b"sec-fetch-mode") in (None, "navigate")
        and not scope["route_handler"].opt.get("repeatable", False)
    )


async def _answer(platform: Platform, app: ASGIApp, actor: Actor, attempt: _Attempt) -> tuple[Answer, bool]:
    """The answer, and whether it is an earlier one."""
    tenant_id = row_tenant(actor.tenant_id)
    try:
        async with platform.db.ambient_write(tenant_id) as tx:
            await _acquire(tx, attempt)
            earlier = await _earlier(platform, tx, attempt)
            if earlier is not None:
                return earlier, True
            answer = await _collected(app, attempt)
            if not answer.commits:
                raise _Undo(answer)
            if answer.status < 400 if attempt.is_form else answer.is_kept:
                await _keep(platform, tx, attempt, answer)
            return answer, False
    except _Undo as undone:
        return undone.answer, False


async def _acquire(tx: WriteUnit, attempt: _Attempt) -> None:
    """A program is told to come back; a person waits for the first answer, since nobody reads a 409 on a form."""
    if not attempt.is_form:
        if not await store.acquire(tx, attempt.secrets):
            raise KeyInProgress(retry_after=1)
        return
    await tx.raw.execute(_PATIENCE)
    try:
        await store.wait_for(tx, attempt.secrets)
    except asyncpg.LockNotAvailableError as error:
        raise KeyInProgress(retry_after=1) from error


async def _earlier(platform: Platform, tx: WriteUnit, attempt: _Attempt) -> Answer | None:
    found = await store.find(tx, attempt.secrets, platform.clock.now())
    if found is None:
        return None
    secret, request, sealed = found
    if request != attempt.fingerprint(secret):
        raise KeyReused
    return msgspec.msgpack.decode(secret.open(sealed), type=Answer)


async def _keep(platform: Platform, tx: WriteUnit, attempt: _Attempt, answer: Answer) -> None:
    secret, now = attempt.secrets[0], platform.clock.now()
    lasts = KEPT_FOR
    if attempt.is_form:
        lasts = KEPT_FOR_FORMS
        nonce = request_context(attempt.scope).given_nonce
        answer = answer.for_repeating(content_security_policy(nonce, platform.http.file_origin))
    sealed = secret.seal(msgspec.msgpack.encode(answer))
    request = attempt.fingerprint(secret)
    await store.save(tx, secret, request=request, answer=sealed, now=now, expires_at=now + lasts)


async def _collected(app: ASGIApp, attempt: _Attempt) -> Answer:
    """Run the route and hold its answer back until the transaction has committed."""
    status, headers, parts = 500, [], []

    async def hold(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            parts.append(message["body"])

    await app(attempt.scope, _replaying(attempt.body), hold)
    return Answer(status, [(bytes(k).lower(), bytes(v)) for k, v in headers], b"".join(parts))


async def _whole_body(receive: Receive) -> bytes:
    """The request's body; the edge has bounded its size. Raises BodyCutOff where the client left in the middle."""
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise BodyCutOff
        parts.append(message["body"])
        if not message["more_body"]:
            break
    return b"".join(parts)


def _replaying(body: bytes) -> Receive:
    unread = True

    async def receive() -> HTTPReceiveMessage:
        nonlocal unread
        if not unread:
            return HTTPDisconnectEvent(type="http.disconnect")
        unread = False
        return HTTPRequestEvent(type="http.request", body=body, more_body=False)

    return receive


def _key_of(scope: HTTPScope) -> str | None:
    """The key, unquoted (the draft has it as a structured string, practice without quotes); None without one."""
    if scope["method"] not in _UNSAFE or not scope["path"].startswith("/api/"):
        return None
    values = [value for name, value in scope["headers"] if name == HEADER]
    if not values:
        return None
    key = values[0].decode("latin-1").strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(values) > 1 or not 1 <= len(key) <= _LONGEST or not (key.isascii() and key.isprintable()):
        raise MalformedKey
    return key


def _identity(scope: Scope, actor: Actor) -> bytes:
    """Who asks: the same key of two people is two keys. Strangers are told apart by their address only."""
    address = request_context(scope).client_address if actor.kind is ActorKind.ANONYMOUS else ""
    return f"{actor.kind}|{actor.tenant_id}|{actor.membership_id}|{actor.person_id}|{address}".encode()
