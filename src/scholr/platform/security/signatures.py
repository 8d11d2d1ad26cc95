"""Signatures that others can check without a secret (Ed25519, RFC 8032), with keys made from the secret keys."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from scholr.kernel.errors import Invalid
from scholr.platform.security.keys import KeyRing

_KEY_BYTES = 32


class InvalidKey(Invalid):
    code = "invalid_key"
    message = "A public key is written as 64 hexadecimal digits, as `scholr audit keys` prints it."


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one purpose with the current secret; knows the public keys of all that are valid."""

    _private: Ed25519PrivateKey
    public: tuple[bytes, ...]

    @classmethod
    def of(cls, keys: KeyRing, purpose: str) -> "Signer":
        private = [Ed25519PrivateKey.from_private_bytes(seed) for seed in keys.derive(f"sign {purpose}")]
        return cls(private[0], tuple(each.public_key().public_bytes_raw() for each in private))

    @property
    def key(self) -> str:
        """The name of the key that signs now."""
        return key_name(self.public[0])

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def public_key(text: str) -> bytes:
    """As it is printed and written down: 64 hexadecimal digits. Raises InvalidKey."""
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise InvalidKey from error
    if len(key) != _KEY_BYTES:
        raise InvalidKey
    return key


def key_name(public: bytes) -> str:
    """Sixteen hexadecimal digits that stand for a public key of 32 bytes."""
    return hashlib.sha256(public).hexdigest()[:16]


def is_signed(message: bytes, signature: bytes, key: str, known: Sequence[bytes]) -> bool | None:
    """Whether the key of this name, if it is among `known`, has signed; None when it is not."""
    public = next((each for each in known if key_name(each) == key), None)
    if public is None:
        return None
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True
