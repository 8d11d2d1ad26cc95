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


def content_security_policy(nonce: str) -> str:
    return (
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        f"script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: https:; font-src 'self'; connect-src 'self'; media-src 'self' https:; "
        f"manifest-src 'self'; worker-src 'self'; frame-src 'self' {' '.join(EMBED_HOSTS)}"
    )
