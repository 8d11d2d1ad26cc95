"""The content security policy of every answer."""

from functools import lru_cache

# What the catalogue's embed blocks may frame (a test compares the two lists).
EMBED_HOSTS = (
    "https://www.youtube-nocookie.com",
    "https://player.vimeo.com",
    "https://www.loom.com",
    "https://www.geogebra.org",
    "https://www.desmos.com",
    "https://embed.ted.com",
    "https://phet.colorado.edu",
)


_PLACE = "@nonce@"


def content_security_policy(nonce: str | None, files: str = "") -> str:
    """`nonce` None: the answer has no scripts or styles of its own in its text. `files` is the origin where the object
    store takes and hands out files, empty when this program does."""
    if nonce is None:
        return _policy("", files)
    return _policy(f" 'nonce-{_PLACE}'", files).replace(_PLACE, nonce)


@lru_cache(maxsize=16)
def _policy(own: str, files: str) -> str:
    theirs = f" {files}" if files else ""
    return (
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        f"script-src 'self'{own}; style-src 'self'{own}; "
        f"img-src 'self' data: https:{theirs}; font-src 'self'; connect-src 'self'{theirs}; "
        f"media-src 'self' https:{theirs}; "
        f"manifest-src 'self'; worker-src 'self'; frame-src 'self' {' '.join(EMBED_HOSTS)}"
    )
