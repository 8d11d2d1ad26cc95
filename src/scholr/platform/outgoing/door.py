"""Fetching what a stranger named: each address is looked up, checked and then connected to, and nothing else is.

A name that is looked up twice may answer twice differently (DNS rebinding), so the address that was checked is the
one that is connected to; the name stays in `Host` and in the certificate that the other side has to show. A redirect
is a new address and goes through the same door.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

import httpx2

from scholr.platform.outgoing.addresses import IpAddress, is_public
from scholr.platform.outgoing.errors import AddressRefused, AnswerRefused, FetchFailed
from scholr.platform.outgoing.resolver import Resolver, SystemResolver
from scholr.platform.resilience.bulkhead import Bulkhead, BulkheadFull
from scholr.platform.resilience.deadline import within
from scholr.platform.resilience.policy import POLICIES, Dependency, Policy

_LONGEST_URL = 2048
_LONGEST_LABEL = 63
_ADDRESSES_TRIED = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What proves who we are stays with whom it was meant for.
_PERSONAL = frozenset({"authorization", "cookie", "proxy-authorization"})
_OURS = frozenset({"host", "accept-encoding", "connection", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Limits:
    """`ports` and `schemes` are all that is ever connected to; `most_bytes` is of the body as it comes."""

    most_bytes: int = 1024 * 1024
    most_redirects: int = 3
    schemes: frozenset[str] = frozenset({"https"})
    ports: frozenset[int] = frozenset({443})


@dataclass(frozen=True, slots=True)
class Fetched:
    """`url` is where the answer came from, after redirects; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    url: httpx2.URL
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Door:
    """`own_networks` are the operator's exceptions: receivers inside their own network.

    There is no breaker: the receivers are many and strangers, and the trouble of one would shut out all. What one of
    them can take is a place among `policy.at_once`, for `policy.timeout` in all.
    """

    resolver: Resolver = field(default_factory=SystemResolver)
    limits: Limits = Limits()
    policy: Policy = POLICIES[Dependency.WEBHOOKS]
    own_networks: Sequence[IPv4Network | IPv6Network] = ()
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    _places: Bulkhead = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", Bulkhead(self.policy.at_once, self.policy.waiting))

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Follows redirects. Raises AddressRefused, AnswerRefused, FetchFailed."""
        return await self._bounded(_Question("GET", self._parsed(url), headers or {}, b""))

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Fetched:
        """Never follows a redirect: what is sent was meant for this address. Raises as `get` does."""
        return await self._bounded(_Question("POST", self._parsed(url), headers or {}, body))

    async def _bounded(self, question: _Question) -> Fetched:
        try:
            async with asyncio.timeout(within(self.policy.timeout)), self._places.place(self.policy.timeout):
                return await self._followed(question)
        except (TimeoutError, BulkheadFull, OSError, httpx2.HTTPError) as error:
            raise FetchFailed(retry_after=60) from error

    async def _followed(self, question: _Question) -> Fetched:
        for _ in range(self.limits.most_redirects + 1):
            answer = await self._one(question)
            if question.method != "GET" or answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            question = self._redirected(question, answer.headers["location"])
        raise AnswerRefused("The other side sends us on too often.")

    def _redirected(self, question: _Question, location: str) -> _Question:
        try:
            url = self._parsed(str(question.url.join(location)))
        except httpx2.InvalidURL as error:
            raise AddressRefused from error
        headers = question.headers
        if (url.scheme, url.host, url.port) != (question.url.scheme, question.url.host, question.url.port):
            headers = {name: value for name, value in headers.items() if name.lower() not in _PERSONAL}
        return _Question("GET", url, headers, b"")

    def _parsed(self, text: str) -> httpx2.URL:
        """The one reading of the address: what is checked here is what is connected to."""
        if len(text) > _LONGEST_URL or any(not " " < character < "\x7f" for character in text):
            raise AddressRefused
        try:
            url = httpx2.URL(text)
        except httpx2.InvalidURL as error:
            raise AddressRefused from error
        if url.scheme not in self.limits.schemes or not url.host or url.userinfo:
            raise AddressRefused
        if _port(url) not in self.limits.ports or not _is_name(_host(url)):
            raise AddressRefused
        return url

    async def _one(self, question: _Question) -> Fetched:
        addresses = await self._checked(question.url)
        for address in addresses[:-1]:
            try:
                return await self._ask(question, address)
            except httpx2.ConnectError:
                continue
        return await self._ask(question, addresses[-1])

    async def _checked(self, url: httpx2.URL) -> Sequence[IpAddress]:
        """One address that is not public condemns the name: it was made to be taken by chance."""
        found = await self.resolver.resolve(_host(url), _port(url))
        if not found or not all(self._may_reach(each) for each in found):
            raise AddressRefused
        return found[:_ADDRESSES_TRIED]

    def _may_reach(self, address: IpAddress) -> bool:
        return is_public(address) or any(
            address.version == network.version and address in network for network in self.own_networks
        )

    async def _ask(self, question: _Question, address: IpAddress) -> Fetched:
        seconds = self.policy.timeout
        request = httpx2.Request(
            question.method,
            question.url.copy_with(host=str(address)),
            headers={
                **{name: value for name, value in question.headers.items() if name.lower() not in _OURS},
                "host": question.url.netloc.decode("ascii"),
                # Nothing is unpacked, so nothing can be packed to burst.
                "accept-encoding": "identity",
                "connection": "close",
            },
            content=question.body or None,
            extensions={
                "sni_hostname": _host(question.url),
                "timeout": {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds},
            },
        )
        # A connection is never kept: it would be found again by its address, whatever name it was opened for.
        async with httpx2.AsyncHTTPTransport(verify=self.tls, trust_env=False) as transport:
            answer = await transport.handle_async_request(request)
            try:
                return Fetched(answer.status_code, _plain(answer), await self._body(answer), str(question.url))
            finally:
                await answer.aclose()

    async def _body(self, answer: httpx2.Response) -> bytes:
        if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise AnswerRefused
        received = bytearray()
        async for part in answer.aiter_raw():
            received += part
            if len(received) > self.limits.most_bytes:
                raise AnswerRefused
        return bytes(received)


def _port(url: httpx2.URL) -> int:
    return url.port or {"https": 443, "http": 80}.get(url.scheme, 0)


def _host(url: httpx2.URL) -> str:
    """As it stands on the wire. Its Unicode form is for people: the system would write it back by an older standard."""
    return url.raw_host.decode("ascii")


def _is_name(host: str) -> bool:
    """Whether it can be asked for at all: no part of a name is empty or longer than 63 (RFC 1035, section 2.3.4)."""
    return all(0 < len(label) <= _LONGEST_LABEL for label in host.removesuffix(".").split("."))


def _plain(answer: httpx2.Response) -> Mapping[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}
