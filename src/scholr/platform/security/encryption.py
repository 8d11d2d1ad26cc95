"""Encrypting small secrets before they are stored, with keys that can be replaced while old ones still open."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from scholr.platform.security.keys import KeyRing


class Undecryptable(RuntimeError):
    """None of the valid secret keys opens it: the key that sealed it was taken out of the settings too early."""


class Vault:
    """Seals and opens for one purpose (Fernet: AES-128-CBC with HMAC-SHA-256). Every secret of the ring opens."""

    def __init__(self, keys: KeyRing, purpose: str) -> None:
        derived = keys.derive(f"seal:{purpose}")
        each = [Fernet(base64.urlsafe_b64encode(key)) for key in derived]
        self._current, self._fernet = each[0], MultiFernet(each)

    def seal(self, plain: bytes) -> bytes:
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Raises Undecryptable."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise Undecryptable("sealed with a key that is not among the valid ones") from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether it was sealed with the current key."""
        try:
            self._current.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def reseal(self, sealed: bytes) -> bytes:
        """The same, sealed with the current key. Raises Undecryptable."""
        return self.seal(self.open(sealed))
