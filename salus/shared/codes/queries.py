"""The lists of codes, for everyone."""

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import query
from salus.shared.codes.rules import MEANINGS, TERMS, Meaning, Term


@query(roles={Role.ANYONE})
def terms(ctx: Context) -> list[Term]:
    """The terms of use that an offer can be made under."""
    return list(TERMS.values())


@query(roles={Role.ANYONE})
def purposes(ctx: Context) -> list[Meaning]:
    """The purposes that can be stated, the prohibited ones included, so that people can read what is refused."""
    return list(MEANINGS.values())
