"""One answer on its way out."""

import time

from litestar.types import Message, Scope, Send

from scholr.platform.http.context import RequestContext
from scholr.platform.http.load import Load
from scholr.platform.http.policy import content_security_policy
from scholr.platform.http.settings import HttpSettings
from scholr.platform.http.validators import NOT_MODIFIED
from scholr.platform.ratelimit.headers import limit_field

# The rest of a body that was given up would be read as the next request.
_ENDS_CONNECTION = (408, 413)
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    # Every answer is somebody's own unless its route says otherwise.
    (b"cache-control", b"private, no-cache"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


class Exchange:
    """Adds the headers that every answer carries. Once the process is ending, each one ends its connection, too."""

    def __init__(self, scope: Scope, send: Send, context: RequestContext, settings: HttpSettings, load: Load) -> None:
        self.scope = scope
        self.started = False
        self._is_last = False
        self._load = load
        self._send = send
        self._context = context
        self._settings = settings
        self._begun = time.perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            present = {key.lower() for key, _ in message["headers"]}
            self._is_last = self._load.is_draining or message["status"] in _ENDS_CONNECTION
            if message["status"] == NOT_MODIFIED:
                # The page that the browser kept goes on under the policy that came with it: its nonces are in the text.
                present.add(b"content-security-policy")
            extra = [(k, v) for k, v in self._headers() if k not in present]
            message["headers"] = [*message["headers"], *extra]
        elif message.get("more_body", False):
            await self._send_part(message)
            return
        await self._send(message)

    async def _send_part(self, message: Message) -> None:
        """Of an answer that leaves in parts: whoever reads it slowly keeps nobody waiting."""
        self._load.set_aside()
        try:
            await self._send(message)
        finally:
            self._load.take_back()

    def _headers(self) -> list[tuple[bytes, bytes]]:
        elapsed = (time.perf_counter() - self._begun) * 1000
        found = [
            (b"x-request-id", self._context.request_id.encode()),
            (b"server-timing", f"app;dur={elapsed:.1f}".encode()),
            (b"content-security-policy", self._policy().encode()),
            *_ALWAYS,
        ]
        if self._is_last:
            found.append((b"connection", b"close"))
        if self._settings.secure_cookies:
            found.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
        if self._context.rate is not None and self._context.rate_client is not None:
            found.append((b"ratelimit-policy", self._context.rate_client.policy))
            found.append((b"ratelimit", limit_field(self._context.rate)))
        return found

    def _policy(self) -> str:
        return content_security_policy(self._context.given_nonce, self._settings.file_origin)
