"""The routes of the admin area."""

from typing import Any

from scholr.web.admin import (
    audit,
    branding,
    catalogue,
    domains,
    groups,
    import_pages,
    import_rows,
    invitations,
    people,
    person,
    privacy,
    privacy_erasures,
    reports,
    security,
    sign_in_rule,
)

_PAGES = (
    reports,
    people,
    person,
    import_pages,
    import_rows,
    invitations,
    groups,
    branding,
    domains,
    security,
    sign_in_rule,
    audit,
    privacy,
    privacy_erasures,
    catalogue,
)

ROUTES: tuple[Any, ...] = tuple(route for page in _PAGES for route in page.ROUTES)
