"""Looking up TXT records, behind a port: the network is not part of a test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import dns.asyncresolver
import dns.exception
import dns.resolver

from scholr.kernel.errors import Unavailable
from scholr.platform.resilience.errors import DependencyUnavailable
from scholr.platform.resilience.guard import Guard

_LIFETIME = 5.0


class DnsUnavailable(Unavailable):
    code = "dns_unavailable"
    message = "The DNS did not answer just now. Try again in a moment."


class TxtLookup(Protocol):
    async def lookup(self, name: str) -> Sequence[str]:
        """The TXT records of a name, each joined from its parts; empty where there is none. Raises DnsUnavailable."""
        ...


class DnsTxtLookup:
    """Asks the resolvers of this machine, five seconds at most, without a cache of its own."""

    async def lookup(self, name: str) -> Sequence[str]:
        try:
            answer = await dns.asyncresolver.resolve(name, "TXT", lifetime=_LIFETIME)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise DnsUnavailable(retry_after=30) from error
        return tuple(b"".join(record.strings).decode("ascii", "replace") for record in answer)


class GuardedTxtLookup:
    """Another lookup behind its policy."""

    def __init__(self, lookup: TxtLookup, guard: Guard) -> None:
        self._lookup = lookup
        self._guard = guard

    async def lookup(self, name: str) -> Sequence[str]:
        try:
            return await self._guard.call(lambda: self._lookup.lookup(name), idempotent=True)
        except DependencyUnavailable as error:
            raise DnsUnavailable(retry_after=error.retry_after) from error


@dataclass(slots=True)
class FixedTxtLookup:
    """Answers from memory; the fake that tests use."""

    records: Mapping[str, Sequence[str]] = field(default_factory=dict)

    async def lookup(self, name: str) -> Sequence[str]:
        return self.records.get(name, ())
