"""Second factors: giving one, adding and removing them."""

from uuid import UUID

from salus.shared.people import actions, queries
from salus.shared.people.api.people import FEW
from salus.shared.people.factors.keys import Options
from salus.shared.people.queries import Factors
from salus.shared.people.schemas import (
    FactorsRead,
    KeyAnswer,
    KeyName,
    NewKey,
    RecoveryCodesRead,
    RecoveryCodeWrite,
    TicketRead,
)
from salus.shared.people.sessions import Ticket
from salus.web.doors import Api, CurrentContext, Headers

api = Api("", tag="people")


@api.post("/sessions/current/key/challenge", operation=actions.ask_for_key, answer=Options, limit=FEW)
def ask_for_key(ctx: CurrentContext, headers: Headers) -> Options:
    return actions.ask_for_key(ctx, headers.get("host", ""))


@api.post("/sessions/current/key", operation=actions.confirm_key, answer=TicketRead, limit=FEW)
def confirm_key(ctx: CurrentContext, headers: Headers, given: KeyAnswer) -> Ticket:
    return actions.confirm_key(ctx, given.answer, headers.get("host", ""))


@api.post("/sessions/current/recovery-code", operation=actions.use_recovery_code, answer=TicketRead, limit=FEW)
def use_recovery_code(ctx: CurrentContext, given: RecoveryCodeWrite) -> Ticket:
    return actions.use_recovery_code(ctx, given.recovery_code)


@api.get("/me/second-factors", operation=queries.factors, answer=FactorsRead)
def factors(ctx: CurrentContext) -> Factors:
    return queries.factors(ctx)


@api.post("/me/security-keys/challenge", operation=actions.ask_for_new_key, answer=Options, limit=FEW)
def ask_for_new_key(ctx: CurrentContext, headers: Headers) -> Options:
    return actions.ask_for_new_key(ctx, headers.get("host", ""))


@api.post("/me/security-keys", operation=actions.add_key, answer=TicketRead, status=201, limit=FEW)
def add_key(ctx: CurrentContext, headers: Headers, new: NewKey) -> Ticket:
    return actions.add_key(ctx, new.answer, name=new.name, host=headers.get("host", ""))


@api.put("/me/security-keys/{security_key_id}/name", operation=actions.rename_key)
def rename_key(ctx: CurrentContext, security_key_id: UUID, new: KeyName) -> None:
    actions.rename_key(ctx, queries.security_key(ctx, security_key_id), new.name)


@api.delete("/me/security-keys/{security_key_id}", operation=actions.remove_key)
def remove_key(ctx: CurrentContext, security_key_id: UUID) -> None:
    actions.remove_key(ctx, queries.security_key(ctx, security_key_id))


@api.post("/me/recovery-codes", operation=actions.make_recovery_codes, answer=RecoveryCodesRead, status=201, limit=FEW)
def make_recovery_codes(ctx: CurrentContext) -> dict[str, list[str]]:
    return {"codes": actions.make_recovery_codes(ctx)}
