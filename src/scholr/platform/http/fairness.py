"""Where a request pays: at the edge what every one costs, before its route what that one costs beyond it.

A credential that was proven within the last seconds pays before it is proven again, so that refusing a flood costs
no statement. Strangers pay for the address that they come from, and so does whoever fails to prove anything.
"""

from collections.abc import Awaitable, Callable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from scholr.kernel.errors import DomainError
from scholr.platform.http.context import RequestContext, platform_of, request_context
from scholr.platform.ratelimit.errors import RateLimited
from scholr.platform.ratelimit.limiter import Client, RateLimiter, credential_of
from scholr.platform.ratelimit.quotas import READ, WRITE

COST = "cost"
"""Name in a route's `opt`: the units it costs, where reading and writing do not say it."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


async def admitted(
    scope: Scope, context: RequestContext, limiter: RateLimiter, authenticate: Callable[[], Awaitable[None]]
) -> None:
    """Authenticate, and take from the client's buckets. Raises RateLimited, and whatever `authenticate` raises."""
    if not limiter.is_on:
        await authenticate()
        return
    cost = base_cost(scope)
    credential = _credential(scope)
    paid = limiter.known(credential) if credential else limiter.stranger(context.client_address)
    if paid is not None:
        _pay(context, limiter, paid, cost, early=True)
    try:
        await authenticate()
    except DomainError:
        if paid is None:
            _pay(context, limiter, limiter.stranger(context.client_address), cost)
        raise
    if credential:
        client = limiter.proven(credential, context.actor, context.client_address)
        if paid is None or client.identity != paid.identity:
            _pay(context, limiter, client, cost)


def base_cost(scope: Scope) -> int:
    return READ if scope.get("method", "GET") in _SAFE else WRITE


def surcharge(app: ASGIApp) -> ASGIApp:
    """A Litestar middleware: takes what the route costs beyond what its method does."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and COST in scope["route_handler"].opt:
            context = request_context(scope)
            if context.rate_client is not None:
                more = scope["route_handler"].opt[COST] - base_cost(scope)
                _pay(context, platform_of(scope).limits, context.rate_client, more)
        await app(scope, receive, send)

    return handle


def _pay(context: RequestContext, limiter: RateLimiter, client: Client, cost: int, *, early: bool = False) -> None:
    context.rate_client = client
    context.rate = limiter.take(client, cost, early=early)
    if context.rate.violated:
        raise RateLimited(context.rate)


def _credential(scope: Scope) -> bytes | None:
    """None for a request that brings nothing to prove itself with. A token counts by itself, whatever comes along."""
    tenant = cookies = host = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return credential_of(value.strip().rpartition(b" ")[2])
        if name == b"cookie":
            cookies = value
        elif name == b"x-tenant-id":
            tenant = value
        elif name == b"host":
            host = value
    return credential_of(tenant, cookies, host) if tenant or cookies else None
