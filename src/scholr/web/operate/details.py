"""The pages behind the health page: dependencies, statements, organisations."""

from datetime import timedelta
from typing import Any

from litestar import Response

from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.observability.operate import organizations
from scholr.platform.observability.queries import processes, server_statements, slow_statements
from scholr.web.operate.dependencies_view import dependencies_of
from scholr.web.operate.gate import require_operator
from scholr.web.page import PageRequest, show
from scholr.web.shell import Crumb

OVER = timedelta(hours=1)


@page_get("/operate/dependencies")
async def dependencies(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """The policy of every dependency beside its live state. Two statements."""
    require_operator(actor)
    found = dependencies_of(await processes(platform))
    return show(
        request,
        "operate/dependencies.html",
        title="Dependencies",
        area="operate",
        crumbs=(Crumb(label="Dependencies"),),
        used=[each for each in found if each.is_used],
        unused=[each for each in found if not each.is_used],
    )


@page_get("/operate/statements")
async def statements(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """As the processes waited for them, and as the server counts, where it does. Four statements."""
    require_operator(actor)
    return show(
        request,
        "operate/statements.html",
        title="Statements",
        area="operate",
        crumbs=(Crumb(label="Statements"),),
        slow=await slow_statements(platform, over=OVER),
        server=await server_statements(platform),
    )


@page_get("/operate/organizations")
async def organizations_page(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """Whom the deployment works for: figures only, nothing of what anybody does there. Two statements."""
    operator = require_operator(actor)
    rows = await organizations(platform, operator, over=OVER)
    return show(
        request,
        "operate/organizations.html",
        title="Organisations",
        area="operate",
        crumbs=(Crumb(label="Organisations"),),
        rows=rows,
        total=sum(row.seconds for row in rows),
    )


ROUTES: tuple[Any, ...] = (dependencies, statements, organizations_page)
