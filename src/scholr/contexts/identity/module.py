"""The manifest of identity."""

from scholr.contexts.identity import routes
from scholr.contexts.identity.events import MemberAdded, OrganizationCreated
from scholr.contexts.identity.policy import PERMISSIONS
from scholr.platform.module import Module


def module() -> Module:
    return Module(
        name="identity",
        routes=(routes.create_organization, routes.create_user),
        events=(OrganizationCreated, MemberAdded),
        permissions=PERMISSIONS,
    )
