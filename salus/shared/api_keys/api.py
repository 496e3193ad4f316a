"""Keys as an API, for people: no key manages keys."""

from collections.abc import Sequence
from uuid import UUID

from salus.shared.api_keys import actions, queries
from salus.shared.api_keys.actions import Made
from salus.shared.api_keys.models import ApiKey
from salus.shared.api_keys.queries import HeldKey
from salus.shared.api_keys.schemas import HeldKeyRead, KeyRead, KeyWrite, MadeRead, RotationWrite
from salus.web.doors import Api, CurrentContext

FEW = "60/minute"

api = Api("/api-keys")


@api.get("", operation=queries.keys, answer=list[KeyRead])
def keys(ctx: CurrentContext) -> Sequence[ApiKey]:
    return queries.keys(ctx)


@api.post("", operation=actions.make, answer=MadeRead, status=201, limit=FEW)
def make(ctx: CurrentContext, new: KeyWrite) -> Made:
    return actions.make(ctx, name=new.name, scopes=new.scopes, days=new.days, networks=new.networks)


@api.get("/held", operation=queries.held_keys, answer=list[HeldKeyRead])
def held_keys(ctx: CurrentContext) -> list[HeldKey]:
    return queries.held_keys(ctx)


@api.get("/{api_key_id}", operation=queries.key, answer=KeyRead)
def key(ctx: CurrentContext, api_key_id: UUID) -> ApiKey:
    return queries.key(ctx, api_key_id)


@api.post("/{api_key_id}/rotation", operation=actions.rotate, answer=MadeRead, status=201, limit=FEW)
def rotate(ctx: CurrentContext, api_key_id: UUID, rotation: RotationWrite) -> Made:
    return actions.rotate(ctx, queries.key(ctx, api_key_id), days=rotation.days)


@api.post("/{api_key_id}/revocation", operation=actions.revoke, answer=KeyRead)
def revoke(ctx: CurrentContext, api_key_id: UUID) -> ApiKey:
    return actions.revoke(ctx, queries.key(ctx, api_key_id))
