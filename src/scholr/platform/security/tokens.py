"""Secrets that are handed out once and kept only as a hash."""

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token(prefix: str = "") -> str:
    """256 random bits in URL-safe text; a prefix lets people and secret scanners see what it is."""
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """SHA-256: enough for a secret that nobody can guess, and cheap on the path of every request."""
    return hashlib.sha256(token.encode()).digest()
