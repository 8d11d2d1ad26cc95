"""Which organisation a host name leads to. Only verified hosts do, and only in production."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from litestar.types import Scope

from scholr.contexts.identity import facade as identity
from scholr.platform.http.context import Brand, header
from scholr.platform.runtime import Platform

KEPT_FOR = timedelta(minutes=1)
_MOST = 1000


class HostDirectory:
    """Remembers for a minute what a host leads to, also that it leads nowhere, so that it costs no round trip."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._own = urlsplit(platform.http.public_url).hostname
        self._known: dict[str, tuple[datetime, Brand | None]] = {}

    async def brand_of(self, scope: Scope) -> Brand | None:
        if self._platform.http.is_demo:
            return None
        host = host_name(header(scope, b"host") or "")
        if not host or host == self._own:
            return None
        now = self._platform.clock.now()
        known = self._known.get(host)
        if known is not None and now - known[0] < KEPT_FOR:
            return known[1]
        brand = await self._look_up(host)
        self._remember(host, now, brand)
        return brand

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

    def _remember(self, host: str, now: datetime, brand: Brand | None) -> None:
        """Bounded: whoever sends a thousand made-up hosts only makes us forget."""
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[host] = (now, brand)


def host_name(header_value: str) -> str:
    """The name without its port, in lower case; "" for what cannot be a host."""
    try:
        return (urlsplit(f"//{header_value}").hostname or "").rstrip(".")[:253]
    except ValueError:
        return ""


def logo_url(digest: str | None) -> str | None:
    """Where the organisation's logo is served; the digest lets browsers keep it for ever."""
    return f"/logo/{digest}" if digest else None
