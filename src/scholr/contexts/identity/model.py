"""The rules of identity, pure."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import NewType
from urllib.parse import urlsplit
from uuid import UUID

from scholr.contexts.identity.errors import (
    InvalidColour,
    InvalidDescription,
    InvalidEmail,
    InvalidHost,
    InvalidName,
    InvalidPreference,
    LastOwner,
    NoRole,
    OwnersOnly,
    TooSoon,
    Yourself,
)
from scholr.contexts.identity.languages import LANGUAGES, THEMES, is_time_zone
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId
from scholr.kernel.text import text_problem

GroupId = NewType("GroupId", UUID)
InvitationId = NewType("InvitationId", UUID)
DomainId = NewType("DomainId", UUID)

ACTIVE = "active"
SUSPENDED = "suspended"

INVITATION_LASTS = timedelta(days=14)
PAUSE_BETWEEN_LETTERS = timedelta(minutes=1)
TXT_PREFIX = "_scholr"

# Deliberately loose (RFC 5321 limits, one @, a dot in the domain): the only proof of an address is a mail to it.
_EMAIL = re.compile(r"[^@\s<>\"',;:\\]{1,64}@[^@\s<>\"',;:\\]{1,251}\.[^@\s.<>\"',;:\\]{2,63}")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def normal_email(text: str) -> str:
    """The address trimmed and in lower case; raises InvalidEmail."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email) or text_problem(email, most=254):
        raise InvalidEmail(fields={"email": "such as name@example.org"})
    return email


def email_or_none(text: str) -> str | None:
    """The address in its normal form; None for what is not an address."""
    try:
        return normal_email(text)
    except InvalidEmail:
        return None


def checked_name(text: str) -> str:
    """The name with white space folded; raises InvalidName when it is empty or over 200 characters."""
    name = " ".join(text.split())
    if problem := text_problem(name, most=200):
        raise InvalidName(fields={"name": problem})
    return name


def checked_description(text: str) -> str:
    if problem := text_problem(text, most=1000, least=0, multiline=True):
        raise InvalidDescription(fields={"description": problem})
    return text.strip()


def checked_roles(roles: Iterable[Role]) -> frozenset[Role]:
    """At least one; raises NoRole."""
    wanted = frozenset(roles)
    if not wanted:
        raise NoRole(fields={"roles": "choose at least one"})
    return wanted


def check_grant(mine: Collection[Role], *, before: frozenset[Role], after: frozenset[Role]) -> None:
    """Whoever is not an owner makes no owners and leaves those alone who are. Raises OwnersOnly."""
    if Role.OWNER in before | after and Role.OWNER not in mine:
        raise OwnersOnly


def check_owner_remains(others: Collection[MembershipId]) -> None:
    """`others` are the active owners besides the one who stops being one. Raises LastOwner."""
    if not others:
        raise LastOwner


def check_not_oneself(actor: Actor, membership_id: MembershipId) -> None:
    if actor.membership_id == membership_id:
        raise Yourself


def check_pause(last_sent_at: datetime, now: datetime) -> None:
    """Raises TooSoon within a minute of the letter before, so that nobody's mailbox can be filled."""
    wait = last_sent_at + PAUSE_BETWEEN_LETTERS - now
    if wait > timedelta(0):
        raise TooSoon(retry_after=int(wait.total_seconds()) + 1)


def checked_preferences(*, locale: str | None, time_zone: str | None, theme: str | None) -> dict[str, str | None]:
    """The columns to change; raises InvalidPreference. "" stands for the organisation's own."""
    changes: dict[str, str | None] = {}
    if locale is not None:
        changes["locale"] = _checked_locale(locale) if locale else None
    if time_zone is not None:
        changes["time_zone"] = _checked_time_zone(time_zone) if time_zone else None
    if theme is not None:
        if theme not in THEMES:
            raise InvalidPreference(fields={"theme": "one of " + ", ".join(THEMES)})
        changes["theme"] = theme
    return changes


def checked_branding(
    *, name: str | None, brand_colour: str | None, locale: str | None, time_zone: str | None
) -> dict[str, str]:
    """The columns to change; raises Invalid. None leaves a column as it is."""
    changes: dict[str, str] = {}
    if name is not None:
        changes["name"] = checked_name(name)
    if brand_colour is not None:
        changes["brand_colour"] = checked_colour(brand_colour)
    if locale is not None:
        changes["locale"] = _checked_locale(locale)
    if time_zone is not None:
        changes["time_zone"] = _checked_time_zone(time_zone)
    return changes


def checked_colour(text: str) -> str:
    """`#rrggbb` in lower case; raises InvalidColour. Any hue will do: the design sets the lightness of what is read."""
    colour = text.strip().lower()
    if not _COLOUR.fullmatch(colour):
        raise InvalidColour(fields={"brand_colour": "such as #2348bd"})
    return colour


def _checked_locale(text: str) -> str:
    if text not in LANGUAGES:
        raise InvalidPreference(fields={"locale": "one of " + ", ".join(LANGUAGES)})
    return text


def _checked_time_zone(text: str) -> str:
    if not is_time_zone(text):
        raise InvalidPreference(fields={"time_zone": "an IANA name such as Europe/Lisbon"})
    return text


def checked_host(text: str, *, own: str) -> str:
    """A fully qualified host name in ASCII (RFC 1123, IDNA); raises InvalidHost. `own` is this deployment's URL."""
    try:
        host = text.strip().rstrip(".").lower().encode("idna").decode("ascii") if text.strip() else ""
    except UnicodeError as error:
        raise InvalidHost(fields={"host": "such as learn.example.org"}) from error
    labels = host.split(".")
    if len(host) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or _is_address(host):
        raise InvalidHost(fields={"host": "such as learn.example.org"})
    if host == urlsplit(own).hostname or labels[-1] in ("localhost", "local", "internal", "invalid", "test"):
        raise InvalidHost(fields={"host": "this name cannot belong to an organisation"})
    return host


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class TxtRecord:
    name: str
    value: str


def txt_record(host: str, challenge: str) -> TxtRecord:
    """What the owner of the host puts into the DNS to prove it."""
    return TxtRecord(f"{TXT_PREFIX}.{host}", f"scholr-verification={challenge}")
