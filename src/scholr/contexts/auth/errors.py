"""What can go wrong while proving who is asking."""

from scholr.kernel.errors import Unauthenticated


class UnknownTenant(Unauthenticated):
    code = "unknown_tenant"
    message = "X-Tenant-Id names no organisation."
