"""The lists of codes as JSON."""

from salus.shared.codes import queries
from salus.shared.codes.rules import Meaning, Term
from salus.shared.codes.schemas import PurposeRead, TermRead
from salus.web.doors import Api, CurrentContext

api = Api("/codes")


@api.get("/terms", operation=queries.terms, answer=list[TermRead])
def terms(ctx: CurrentContext) -> list[Term]:
    return queries.terms(ctx)


@api.get("/purposes", operation=queries.purposes, answer=list[PurposeRead])
def purposes(ctx: CurrentContext) -> list[Meaning]:
    return queries.purposes(ctx)
