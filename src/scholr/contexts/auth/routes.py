"""The JSON routes of auth."""

from typing import Any

from scholr.contexts.auth.schemas import MeOut, OrganizationOfMeOut
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import ActorKind
from scholr.kernel.errors import Unauthenticated
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, TheContext, ThePlatform


@api.get("/api/me", tags=["account"], summary="Who this request is")
async def me(actor: TheActor, context: TheContext, platform: ThePlatform) -> MeOut:
    """A token sees its own organisation only; a person's session lists all of the person's."""
    if actor.kind is ActorKind.ANONYMOUS or context.viewer is None:
        raise Unauthenticated
    organizations: list[OrganizationOfMeOut] = []
    if actor.person_id is not None and actor.kind is ActorKind.PERSON:
        async with platform.db.read(None, person_id=actor.person_id) as rx:
            found = await identity.organizations_of(rx, actor.person_id)
        organizations = [
            OrganizationOfMeOut(each.tenant_id, each.name, each.membership_id, sorted(each.roles)) for each in found
        ]
    return MeOut(
        id=actor.membership_id,
        organization_id=actor.tenant_id,
        name=context.viewer.display_name,
        email=context.viewer.email,
        roles=sorted(actor.roles),
        scopes=sorted(actor.scopes) if actor.scopes is not None else None,
        organizations=organizations,
    )


ROUTES: tuple[Any, ...] = (me,)
