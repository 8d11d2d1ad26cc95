"""Which organisation a host name leads to. Only verified hosts do, and only in production."""

from functools import partial
from urllib.parse import urlsplit

from litestar.types import Scope

from scholr.contexts.identity import facade as identity
from scholr.platform.cache.region import Region
from scholr.platform.http.context import Brand, header
from scholr.platform.runtime import Platform

# For a minute, also that a host leads nowhere, so that it costs no round trip; longer while nobody can be asked. Of
# one process: whoever sends a thousand made-up hosts only makes it forget.
HOSTS = Region(
    name="auth.hosts",
    holds=Brand,
    fresh=60,
    rescue=3600,
    negative=60,
    is_global=True,
    stays_here=True,
    most_entries=1000,
    most_bytes=1024 * 1024,
)


class HostDirectory:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._own = urlsplit(platform.http.public_url).hostname

    async def brand_of(self, scope: Scope) -> Brand | None:
        if self._platform.http.is_demo:
            return None
        host = host_name(header(scope, b"host") or "")
        if not host or host == self._own:
            return None
        return (await self._platform.cache.get(HOSTS, None, host, partial(self._look_up, host))).value

    async def _look_up(self, host: str) -> Brand | None:
        found = await identity.organization_of_host(self._platform.db, host)
        if found is None:
            return None
        return Brand(
            found.tenant_id,
            found.name,
            found.brand_colour,
            logo_url(found.logo_digest),
            found.locale,
            found.time_zone,
        )


def host_name(header_value: str) -> str:
    """The name without its port, in lower case; "" for what cannot be a host."""
    try:
        return (urlsplit(f"//{header_value}").hostname or "").rstrip(".")[:253]
    except ValueError:
        return ""


def logo_url(digest: str | None) -> str | None:
    """Where the organisation's logo is served; the digest lets browsers keep it for ever."""
    return f"/logo/{digest}" if digest else None
