"""Groups."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.identity import queries
from scholr.contexts.identity.model import GroupId
from scholr.contexts.identity.policy import SEE_PEOPLE
from scholr.contexts.identity.schemas import ChangedOut, GroupIn, GroupMembersIn, GroupOut, GroupPageOut
from scholr.contexts.identity.service import groups
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId
from scholr.kernel.pagination import DEFAULT_LIMIT
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@api.get("/api/groups", tags=["people"], summary="Groups")
async def list_groups(
    actor: TheActor,
    platform: ThePlatform,
    limit: FromQuery[int] = DEFAULT_LIMIT,
    cursor: FromQuery[str | None] = None,
) -> GroupPageOut:
    """By name. Who is in one: `GET /api/users?group_id=`."""
    require(actor, SEE_PEOPLE)
    async with platform.db.read(actor.tenant_id) as rx:
        page = await queries.groups(rx, limit=limit, cursor=cursor)
    return GroupPageOut([_out(view) for view in page.items], page.next_cursor)


@api.post("/api/groups", tags=["people"], summary="Make a group", responses=api.found(GroupOut))
async def create_group(data: JSONBody[GroupIn], actor: TheActor, platform: ThePlatform) -> Response[GroupOut]:
    """201 when it is new, 200 with the one of that name."""
    created = await groups.create_group(platform, actor, name=data.name, description=data.description)
    out = await _group(platform, actor, created.id)
    return Response(out, status_code=201 if created.created else 200)


@api.get("/api/groups/{group_id:uuid}", tags=["people"], summary="One group")
async def show_group(group_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> GroupOut:
    require(actor, SEE_PEOPLE)
    return await _group(platform, actor, GroupId(group_id))


@api.put("/api/groups/{group_id:uuid}", tags=["people"], summary="Rename a group")
async def update_group(
    group_id: FromPath[UUID], data: JSONBody[GroupIn], actor: TheActor, platform: ThePlatform
) -> GroupOut:
    await groups.update_group(platform, actor, GroupId(group_id), name=data.name, description=data.description)
    return await _group(platform, actor, GroupId(group_id))


@api.delete("/api/groups/{group_id:uuid}", tags=["people"], summary="Delete a group")
async def delete_group(group_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    await groups.delete_group(platform, actor, GroupId(group_id))


@api.post("/api/groups/{group_id:uuid}/members", tags=["people"], summary="Put people into a group", status_code=200)
async def add_members(
    group_id: FromPath[UUID], data: JSONBody[GroupMembersIn], actor: TheActor, platform: ThePlatform
) -> ChangedOut:
    wanted = [MembershipId(each) for each in data.member_ids]
    return ChangedOut(await groups.add_to_group(platform, actor, GroupId(group_id), wanted))


@api.post(
    "/api/groups/{group_id:uuid}/members/remove", tags=["people"], summary="Take people out of a group", status_code=200
)
async def remove_members(
    group_id: FromPath[UUID], data: JSONBody[GroupMembersIn], actor: TheActor, platform: ThePlatform
) -> ChangedOut:
    wanted = [MembershipId(each) for each in data.member_ids]
    return ChangedOut(await groups.remove_from_group(platform, actor, GroupId(group_id), wanted))


async def _group(platform: Platform, actor: Actor, group_id: GroupId) -> GroupOut:
    async with platform.db.read(actor.tenant_id) as rx:
        return _out(await queries.require_group(rx, group_id))


def _out(view: queries.GroupView) -> GroupOut:
    return GroupOut(view.id, view.name, view.description, view.members)


ROUTES: tuple[Any, ...] = (
    list_groups,
    create_group,
    show_group,
    update_group,
    delete_group,
    add_members,
    remove_members,
)
