"""A server that speaks the part of Vault's HTTP API that Scholr uses, as strictly as the documented one.

Sign-in by AppRole, `renew-self`, KV version 2; tokens that end, a maximum life, secret ids that are good for some uses,
sealing, deleted versions. Not Vault: what is said about it in docs/operations/secrets.md.
"""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, Any]]


@dataclass(slots=True)
class Token:
    ends_at: float
    last_possible: float


@dataclass(slots=True)
class FakeVault:
    """Times are in seconds. `asked` are the paths that were asked, in order."""

    role_id: str = "role-of-scholr"
    secret_id: str = "secret-id-of-scholr"
    mount: str = "secret"
    name: str = "scholr"
    versions: list[dict[str, str] | None] = field(default_factory=list)
    ttl: float = 3600
    longest: float = 36000
    sealed: bool = False
    broken: bool = False
    renewable: bool = True
    asked: list[str] = field(default_factory=list)
    url: str = ""
    tokens: dict[str, Token] = field(default_factory=dict)

    def answer(self, method: str, path: str, token: str, body: dict[str, Any]) -> Answer:
        self.asked.append(f"{method} {path}")
        if self.broken:
            return 500, {"errors": ["internal error"]}
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if path == "/v1/auth/approle/login":
            return self._log_in(method, body)
        held = self.tokens.get(token)
        if held is None or held.ends_at <= time.monotonic():
            return 403, {"errors": ["permission denied", "invalid token"]}
        if (method, path) == ("POST", "/v1/auth/token/renew-self"):
            return self._renew(token, held)
        if (method, path) == ("GET", f"/v1/{self.mount}/data/{self.name}"):
            return self._read()
        return 403, {"errors": ["permission denied"]}

    def _log_in(self, method: str, body: dict[str, Any]) -> Answer:
        if method != "POST":
            return 405, {"errors": ["unsupported operation"]}
        if body.get("role_id") != self.role_id or body.get("secret_id") != self.secret_id:
            return 400, {"errors": ["invalid role or secret ID"]}
        token, now = f"hvs.{secrets.token_urlsafe(24)}", time.monotonic()
        self.tokens[token] = Token(now + self.ttl, now + self.longest)
        return 200, {"auth": self._auth(token, self.ttl), "data": None, "lease_duration": 0}

    def _renew(self, token: str, held: Token) -> Answer:
        if not self.renewable:
            return 400, {"errors": ["lease is not renewable"]}
        now = time.monotonic()
        held.ends_at = min(now + self.ttl, held.last_possible)
        return 200, {"auth": self._auth(token, held.ends_at - now)}

    def _auth(self, token: str, lasts: float) -> dict[str, Any]:
        return {"client_token": token, "lease_duration": lasts, "renewable": self.renewable, "policies": ["scholr"]}

    def _read(self) -> Answer:
        if not self.versions:
            return 404, {"errors": []}
        metadata = {"version": len(self.versions), "destroyed": False, "deletion_time": ""}
        if self.versions[-1] is None:
            deleted = {**metadata, "deletion_time": "2026-01-01T00:00:00Z"}
            return 404, {"data": {"data": None, "metadata": deleted}}
        return 200, {"data": {"data": self.versions[-1], "metadata": metadata}, "lease_duration": 0}


@contextmanager
def fake_vault() -> Iterator[FakeVault]:
    vault = FakeVault()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            status, found = vault.answer(self.command, self.path, self.headers.get("X-Vault-Token", ""), body or {})
            content = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815  # the names that http.server wants

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vault.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield vault
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
