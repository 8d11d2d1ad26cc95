"""The JSON routes of identity."""

from litestar import Response
from litestar.params import JSONBody

from scholr.contexts.identity import service
from scholr.contexts.identity.schemas import CreateOrganization, CreateUser, OrganizationOut, UserOut
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform


@api.post("/api/organizations", tags=["organizations"], summary="Open an organisation")
async def create_organization(data: JSONBody[CreateOrganization], platform: ThePlatform) -> OrganizationOut:
    tenant_id = await service.create_organization(platform, name=data.name)
    return OrganizationOut(tenant_id, data.name)


@api.post("/api/users", tags=["people"], summary="Add a person")
async def create_user(data: JSONBody[CreateUser], actor: TheActor, platform: ThePlatform) -> Response[UserOut]:
    added = await service.add_member(platform, actor, email=data.email, name=data.name, role=data.role)
    out = UserOut(added.id, added.email, added.name, list(added.roles))
    return Response(out, status_code=201 if added.created else 200)
