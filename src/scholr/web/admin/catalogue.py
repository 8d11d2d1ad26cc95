"""Catalogue oversight: every course of the organisation with its state, for those who administer it."""

from typing import Any

from litestar import Response

from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.web.page import PageRequest
from scholr.web.teach.courses import show_shelf


@page_get("/admin/catalogue")
async def catalogue(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await show_shelf(request, actor, platform, base="/admin/catalogue", area="admin")


ROUTES: tuple[Any, ...] = (catalogue,)
