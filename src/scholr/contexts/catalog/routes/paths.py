"""Prerequisites and learning paths."""

from uuid import UUID

from litestar.params import FromPath, JSONBody

from scholr.contexts.catalog.policy import SEE_CATALOGUE
from scholr.contexts.catalog.queries import paths as reading
from scholr.contexts.catalog.queries.published import access_course
from scholr.contexts.catalog.schemas import (
    CreatePath,
    Order,
    PathList,
    PathOut,
    Prerequisites,
    PrerequisitesOut,
    UpdatePath,
    course_refs,
    path_item,
    path_out,
)
from scholr.contexts.catalog.service import paths
from scholr.contexts.catalog.service.paths import PathChanges
from scholr.kernel.actor import Actor
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

TAGS = ["learning paths"]


@api.get("/api/courses/{course_id:uuid}/prerequisites", tags=TAGS, summary="Show what comes first")
async def show_prerequisites(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> PrerequisitesOut:
    require(actor, SEE_CATALOGUE)
    return await _prerequisites(platform, actor, course_id)


@api.put("/api/courses/{course_id:uuid}/prerequisites", tags=TAGS, summary="Say what comes first")
async def put_prerequisites(
    course_id: FromPath[UUID], data: JSONBody[Prerequisites], actor: TheActor, platform: ThePlatform
) -> PrerequisitesOut:
    """409 `prerequisite_cycle` when courses would require each other."""
    await paths.set_prerequisites(platform, actor, course_id=course_id, requires=data.requires)
    return await _prerequisites(platform, actor, course_id)


async def _prerequisites(platform: Platform, actor: Actor, course_id: UUID) -> PrerequisitesOut:
    async with platform.db.read(actor.tenant_id) as rx:
        await access_course(rx, actor, course_id)
        return PrerequisitesOut(course_refs(await reading.visible_prerequisites(rx, actor, course_id)))


@api.post("/api/paths", tags=TAGS, summary="Begin a learning path")
async def create_path(data: JSONBody[CreatePath], actor: TheActor, platform: ThePlatform) -> PathOut:
    path_id = await paths.create_path(platform, actor, title=data.title, summary=data.summary)
    return await _path(platform, actor, path_id)


@api.get("/api/paths", tags=TAGS, summary="List learning paths")
async def list_paths(actor: TheActor, platform: ThePlatform) -> PathList:
    require(actor, SEE_CATALOGUE)
    async with platform.db.read(actor.tenant_id) as rx:
        return PathList([path_item(line) for line in await reading.list_paths(rx, actor)])


@api.get("/api/paths/{path_id:uuid}", tags=TAGS, summary="Show a learning path")
async def show_path(path_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> PathOut:
    require(actor, SEE_CATALOGUE)
    return await _path(platform, actor, path_id)


@api.patch("/api/paths/{path_id:uuid}", tags=TAGS, summary="Change a learning path")
async def update_path(
    path_id: FromPath[UUID], data: JSONBody[UpdatePath], actor: TheActor, platform: ThePlatform
) -> PathOut:
    wanted = PathChanges(title=data.title, summary=data.summary, course_ids=data.courses, published=data.published)
    await paths.change_path(platform, actor, path_id=path_id, changes=wanted)
    return await _path(platform, actor, path_id)


@api.put("/api/paths/{path_id:uuid}/order", tags=TAGS, summary="Order the courses of a learning path")
async def order_path(path_id: FromPath[UUID], data: JSONBody[Order], actor: TheActor, platform: ThePlatform) -> PathOut:
    """The order names every course that is there, once; 409 `learning_path_changed` otherwise."""
    await paths.arrange_path(platform, actor, path_id=path_id, course_ids=data.order)
    return await _path(platform, actor, path_id)


@api.delete("/api/paths/{path_id:uuid}", tags=TAGS, summary="Delete a learning path that is not published")
async def delete_path(path_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    """409 `learning_path_published` while learners see it. Its courses stay what they are."""
    await paths.delete_path(platform, actor, path_id=path_id)


async def _path(platform: Platform, actor: Actor, path_id: UUID) -> PathOut:
    async with platform.db.read(actor.tenant_id) as rx:
        return path_out(await reading.access_path(rx, actor, path_id))


ROUTES = (
    show_prerequisites,
    put_prerequisites,
    create_path,
    list_paths,
    show_path,
    update_path,
    order_path,
    delete_path,
)
