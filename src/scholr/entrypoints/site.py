"""What the web process serves: every module's routes, the pages, and the edge around them.

Apart from `wiring`, because the worker serves nobody: the framework, the pages and their libraries are a fifth of what
the web process takes.
"""

from functools import cache

from litestar import Litestar

from scholr.contexts.auth.authentication import Authenticator
from scholr.contexts.learning import facade as learning
from scholr.entrypoints.wiring import live_modules
from scholr.platform.http.app import build_routes, template_finder
from scholr.platform.http.edge import Edge
from scholr.platform.observability.watch import Watch
from scholr.platform.runtime import Platform
from scholr.web.account import routes as account
from scholr.web.admin import routes as admin
from scholr.web.errors import render_error
from scholr.web.learn import routes as learn
from scholr.web.operate import routes as operate
from scholr.web.public import routes as public
from scholr.web.statics import static_files
from scholr.web.teach import routes as teach


def build_http(platform: Platform) -> Watch:
    learning.default_printer()  # here, not in the request that prints first
    edge = Edge(live_routes(), platform, Authenticator(platform), render_error)
    platform.signals.watch("load", edge.load.snapshot)
    return Watch(edge, platform.signals, template_finder(live_routes()))


@cache
def live_routes() -> Litestar:
    """Every route of this deployment. Putting them together takes most of a second, once for each process."""
    return build_routes(
        live_modules(),
        render_error=render_error,
        extra_routes=(
            static_files,
            *public.ROUTES,
            *learn.ROUTES,
            *teach.ROUTES,
            *admin.ROUTES,
            *account.ROUTES,
            *operate.ROUTES,
        ),
    )
