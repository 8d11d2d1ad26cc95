"""Secret keys: several may be valid at once, so that one can be replaced without signing anybody out."""

import hashlib
import hmac
from dataclasses import dataclass, field

MIN_SECRET_BYTES = 32


class WeakSecret(ValueError):
    """A secret is too short to sign with."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """`secrets` holds the current secret first and the ones that are being retired after it.

    Every purpose gets keys of its own, so that a signature made for one thing proves nothing elsewhere.
    """

    secrets: tuple[bytes, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.secrets or any(len(secret) < MIN_SECRET_BYTES for secret in self.secrets):
            raise WeakSecret(f"a secret key has at least {MIN_SECRET_BYTES} bytes")

    def derive(self, purpose: str) -> tuple[bytes, ...]:
        """32 bytes for each secret, current first (HMAC-SHA-256 as the key derivation, NIST SP 800-108)."""
        return tuple(hmac.digest(secret, f"scholr:{purpose}".encode(), hashlib.sha256) for secret in self.secrets)

    def sign(self, purpose: str, message: bytes) -> str:
        """The signature with the current secret, in hexadecimal."""
        return hmac.new(self.derive(purpose)[0], message, hashlib.sha256).hexdigest()

    def verify(self, purpose: str, message: bytes, signature: str) -> bool:
        """Whether any valid secret made this signature; takes the same time either way."""
        matches = 0
        for key in self.derive(purpose):
            made = hmac.new(key, message, hashlib.sha256).hexdigest()
            matches += hmac.compare_digest(made.encode(), signature.encode())
        return matches > 0
