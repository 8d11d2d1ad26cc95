"""What the table may know: neither the key, nor the request, nor the answer (which may hold a fresh token)."""

import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from scholr.platform.security.keys import KeyRing

_NONCE = 12


class CannotOpen(RuntimeError):
    """An answer was not sealed by this key: the row was changed by hand."""


@dataclass(frozen=True, slots=True)
class RequestSecret:
    """One request's place in the table, under one of the deployment's keys.

    Reading an answer takes the deployment's key *and* the client's Idempotency-Key, which is not stored.
    """

    scope: bytes
    _key: bytes = field(repr=False)

    @classmethod
    def of(cls, deployment_key: bytes, *, actor: bytes, key: str) -> "RequestSecret":
        whole = hmac.digest(deployment_key, actor + b"\0" + key.encode(), hashlib.sha512)
        return cls(scope=whole[:32], _key=whole[32:])

    @property
    def lock(self) -> int:
        """A number for an advisory lock, signed 64 bits."""
        return int.from_bytes(self.scope[:8], "big", signed=True)

    def fingerprint(self, request: bytes) -> bytes:
        return hmac.digest(self._key, request, hashlib.sha256)

    def seal(self, answer: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, answer, self.scope)

    def open(self, sealed: bytes) -> bytes:
        try:
            return AESGCM(self._key).decrypt(sealed[:_NONCE], sealed[_NONCE:], self.scope)
        except InvalidTag as error:
            raise CannotOpen from error


def request_secrets(keys: KeyRing, *, actor: bytes, key: str) -> list[RequestSecret]:
    """The current key's first; an answer may still lie under one that is being retired."""
    return [RequestSecret.of(each, actor=actor, key=key) for each in keys.derive("idempotency")]
