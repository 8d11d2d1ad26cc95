"""Where people go on after they proved who they are."""

from urllib.parse import urlencode

from scholr.kernel.ids import TenantId
from scholr.web.page import is_local

LONGEST_NEXT = 500


def local_or_home(path: str) -> str:
    """Where to go on: a path of this site, or the door. Anything else would let a link send people elsewhere."""
    return path if path and len(path) <= LONGEST_NEXT and is_local(path) else "/"


def after_sign_in(tenant_id: TenantId | None, next_path: str) -> str:
    """Through the choice of an organisation where one has to be made."""
    return next_path if tenant_id is not None else f"/switch?{urlencode({'next': next_path})}"
