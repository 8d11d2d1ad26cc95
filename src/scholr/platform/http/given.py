"""What a route may ask for by name: `platform: ThePlatform`, `actor: TheActor`, `context: TheContext`."""

from litestar.di import NamedDependency

from scholr.kernel.actor import Actor
from scholr.platform.http.context import RequestContext
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import Permission

ThePermissions = NamedDependency[tuple[Permission, ...]]
"""The one permission table: every permission of every live context, by name `permissions`."""

ThePlatform = NamedDependency[Platform]
TheActor = NamedDependency[Actor]
TheContext = NamedDependency[RequestContext]
