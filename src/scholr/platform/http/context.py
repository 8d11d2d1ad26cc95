"""What the edge knows of one request, kept in the ASGI scope's state."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from litestar.types import Scope

from scholr.kernel.actor import ANONYMOUS, Actor
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.http.proxies import TrustedProxies
from scholr.platform.ratelimit.buckets import Verdict
from scholr.platform.ratelimit.limiter import Client
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import Permission

_KEY = "scholr"
_PLATFORM = "scholr.platform"


@dataclass(frozen=True, slots=True)
class Viewer:
    """What every page shows of the person and of the organisation; loaded with the session in one statement.

    `locale` is a BCP 47 tag, `time_zone` an IANA name, `theme` one of system, light, dark, contrast;
    `brand_colour` is `#rrggbb`.
    """

    display_name: str
    organization_name: str
    email: str = ""
    brand_colour: str = "#2447b8"
    logo_url: str | None = None
    locale: str = "en"
    time_zone: str = "UTC"
    theme: str = "system"
    organizations: int = 1


@dataclass(frozen=True, slots=True)
class Brand:
    """The organisation that the request's own verified host leads to, known before anybody is."""

    tenant_id: TenantId
    name: str
    colour: str
    logo_url: str | None
    locale: str
    time_zone: str


@dataclass(slots=True)
class RequestContext:
    """`session_id` is set only where a browser session proved the actor. `given_nonce` is the one that the answer's own
    scripts and styles go by, once something asked for it.

    `brand` is None at the deployment's common address. `offline_page`: browsers may keep the one for no network.
    `rate_client` are the buckets that the request pays from and `rate` is how they stood after it last paid.
    `is_held`: the person's organisation asks for more proof than the session has shown; the actor is in none meanwhile.
    `is_intended`: what the answer says of itself, that it is not there, was decided by an operator and is no failure.
    `refused`: what the actor asked for and may not do.
    """

    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    request_id: str = field(default_factory=lambda: str(new_id()))
    given_nonce: str | None = None
    actor: Actor = ANONYMOUS
    viewer: Viewer | None = None
    session_id: str | None = None
    brand: Brand | None = None
    client_address: str = ""
    offline_page: bool = True
    rate_client: Client | None = None
    rate: Verdict | None = None
    is_held: bool = False
    is_intended: bool = False
    refused: Permission | None = None

    @property
    def nonce(self) -> str:
        """For the CSP: made when a page asks for it, and not at all for what holds no scripts."""
        if self.given_nonce is None:
            self.given_nonce = secrets.token_urlsafe(16)
        return self.given_nonce


def attach_context(scope: Scope, platform: Platform) -> RequestContext:
    """Begin a request on this platform: the routes themselves belong to none."""
    context = RequestContext(
        received_at=platform.clock.now(),
        client_address=_client_address(scope, platform.http.proxies),
        offline_page=platform.http.offline_page,
    )
    state = scope.setdefault("state", {})
    state[_KEY], state[_PLATFORM] = context, platform
    return context


def platform_of(scope: Scope) -> Platform:
    found: Platform = scope["state"][_PLATFORM]
    return found


def request_context(scope: Scope) -> RequestContext:
    found = scope["state"].get(_KEY)
    if not isinstance(found, RequestContext):
        raise RuntimeError("the request passed by the edge middleware")
    return found


def _client_address(scope: Scope, proxies: TrustedProxies) -> str:
    client = scope.get("client")
    return proxies.client_of(client[0], scope["headers"]) if client else ""


def header(scope: Scope, name: bytes) -> str | None:
    """The first value of a header, or None. `name` is in lower case, as ASGI has it."""
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return None


def cookie(scope: Scope, name: str) -> str | None:
    for pair in (header(scope, b"cookie") or "").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name:
            return value
    return None
