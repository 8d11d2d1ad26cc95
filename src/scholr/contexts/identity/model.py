"""The rules of identity, pure."""

import re

from scholr.contexts.identity.errors import InvalidEmail, InvalidName, InvalidPreference
from scholr.contexts.identity.languages import LANGUAGES, THEMES, is_time_zone
from scholr.kernel.actor import Role

# Deliberately loose (RFC 5321 limits, one @, a dot in the domain): the only proof of an address is a mail to it.
_EMAIL = re.compile(r"[^@\s<>\"',;:\\]{1,64}@[^@\s<>\"',;:\\]{1,251}\.[^@\s.<>\"',;:\\]{2,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

ASSIGNABLE_ROLES = frozenset(Role)


def normal_email(text: str) -> str:
    """The address trimmed and in lower case; raises InvalidEmail."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email) or _CONTROL.search(email):
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
    if not 1 <= len(name) <= 200 or _CONTROL.search(name):
        raise InvalidName(fields={"name": "between 1 and 200 characters"})
    return name


def checked_preferences(*, locale: str | None, time_zone: str | None, theme: str | None) -> dict[str, str | None]:
    """The columns to change; raises InvalidPreference. "" stands for the organisation's own."""
    changes: dict[str, str | None] = {}
    if locale is not None:
        if locale and locale not in LANGUAGES:
            raise InvalidPreference(fields={"locale": "one of " + ", ".join(LANGUAGES)})
        changes["locale"] = locale or None
    if time_zone is not None:
        if time_zone and not is_time_zone(time_zone):
            raise InvalidPreference(fields={"time_zone": "an IANA name such as Europe/Lisbon"})
        changes["time_zone"] = time_zone or None
    if theme is not None:
        if theme not in THEMES:
            raise InvalidPreference(fields={"theme": "one of " + ", ".join(THEMES)})
        changes["theme"] = theme
    return changes
