"""The service worker, and the one page that it keeps for when the network is gone."""

import hashlib
import json
from functools import cache
from typing import Any

from litestar import Response

from scholr.kernel.errors import NotFound
from scholr.platform.http.api import page_get
from scholr.platform.http.context import RequestContext
from scholr.platform.http.given import TheContext
from scholr.web.assets import DIST, load_assets
from scholr.web.page import WORKER
from scholr.web.rendering import render
from scholr.web.shell import Organisation, Page


@page_get(WORKER, public=True)
async def service_worker(context: TheContext) -> Response[str]:
    """At the root, since a worker serves only what lies below its own address. Browsers look for a newer one."""
    _require_offline(context)
    headers = {"cache-control": "private, no-cache"}
    return Response(_worker(), media_type="text/javascript", headers=headers)


@page_get("/offline", public=True)
async def offline(context: TheContext) -> Response[str]:
    """The same for everybody, whoever asks and under whichever school's name: it stays on the device."""
    _require_offline(context)
    page = Page(
        title="You are offline",
        organisation=Organisation(name="Scholr"),
        csp_nonce=context.nonce,
        now=context.received_at,
        worker=WORKER,
    )
    return Response(render("errors/offline.html", page=page), media_type="text/html")


def _require_offline(context: RequestContext) -> None:
    if not context.offline_page:
        raise NotFound


@cache
def _worker() -> str:
    """The built script; its first line changes with every build, and so does what it keeps."""
    files = load_assets().files
    version = hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()[:16]
    script = (DIST / files["src/worker/service-worker.ts"]).read_text()
    return f'self.VERSION = "{version}";\n{script}'


ROUTES: tuple[Any, ...] = (service_worker, offline)
