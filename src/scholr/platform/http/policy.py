"""The content security policy of every answer."""

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


def content_security_policy(nonce: str, files: str = "") -> str:
    """`files` is the origin where the object store takes and hands out files, empty when this program does."""
    theirs = f" {files}" if files else ""
    return (
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        f"script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        f"img-src 'self' data: https:{theirs}; font-src 'self'; connect-src 'self'{theirs}; "
        f"media-src 'self' https:{theirs}; "
        f"manifest-src 'self'; worker-src 'self'; frame-src 'self' {' '.join(EMBED_HOSTS)}"
    )
