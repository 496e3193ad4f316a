"""Writing to the books."""

import hashlib
import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.kernel.operations import WITHIN, action
from salus.shared.money.models import Account, Entry, Posting, PostingKind
from salus.shared.money.rules import KeyReused, Leg, Place


@action(roles=WITHIN)
def post(
    ctx: Context,
    key: str,
    kind: PostingKind,
    legs: Sequence[Leg],
    *,
    currency: str,
    subject_id: UUID,
    reverses: Posting | None = None,
) -> Posting:
    """Book the legs as one event, once: under a key already used nothing happens.

    Raises KeyReused if the key was used for other legs, ValueError if no leg moves anything. The database refuses what
    would take an account to the wrong side of zero.
    """
    legs = [leg for leg in legs if leg.amount]
    if not legs:
        raise ValueError("a posting needs entries")
    body_hash = _fingerprint(kind, currency, subject_id, legs)
    new = insert(Posting).values(
        id=new_id(),
        key=key,
        body_hash=body_hash,
        kind=kind,
        currency=currency,
        subject_id=subject_id,
        reverses_id=reverses.id if reverses else None,
    )
    posting: Posting | None = ctx.db.scalar(
        new.on_conflict_do_nothing(index_elements=["tenant_id", "key"]).returning(Posting)
    )
    if posting is None:
        posting = _posting(ctx, key)
        if posting.body_hash != body_hash:
            raise KeyReused
        return posting
    accounts = _locked(ctx, currency, {place for leg in legs for place in (leg.debit, leg.credit)})
    rows = [
        {
            "id": new_id(),
            "posting_id": posting.id,
            "debit_id": accounts[leg.debit],
            "credit_id": accounts[leg.credit],
            "amount": leg.amount,
            "currency": currency,
        }
        for leg in legs
    ]
    ctx.db.execute(plain_insert(Entry), rows)
    return posting


@action(roles=WITHIN)
def reverse(ctx: Context, key: str) -> Posting:
    """Undo what was posted under `key` by the same entries the other way round, once."""
    posting = _posting(ctx, key)
    debit, credit = Account.__table__.alias(), Account.__table__.alias()
    booked = ctx.db.execute(
        select(debit.c.kind, debit.c.owner_id, credit.c.kind, credit.c.owner_id, Entry.amount)
        .join_from(Entry, debit, debit.c.id == Entry.debit_id)
        .join(credit, credit.c.id == Entry.credit_id)
        .where(Entry.posting_id == posting.id)
        .order_by(Entry.id)
    )
    legs = [Leg(Place(to_kind, to), Place(from_kind, of), amount) for from_kind, of, to_kind, to, amount in booked]
    return post(
        ctx,
        f"reverse:{key}",
        PostingKind.REVERSAL,
        legs,
        currency=posting.currency,
        subject_id=posting.subject_id,
        reverses=posting,
    )


def _posting(ctx: Context, key: str) -> Posting:
    return ctx.db.execute(select(Posting).where(Posting.key == key)).scalar_one()


def _locked(ctx: Context, currency: str, places: set[Place]) -> dict[Place, UUID]:
    """The ids of the accounts, opened where needed, kept from others until the end.

    Everyone opens and locks in the same order, so that no two postings wait for each other; and the operator's own
    accounts, which every sale touches, come last and are held the shortest.
    """
    rows = [
        {"id": new_id(), "kind": place.kind, "owner_id": place.owner_id, "currency": currency}
        for place in sorted(places, key=str)
    ]
    ctx.db.execute(insert(Account).values(rows).on_conflict_do_nothing())
    # One condition for each, and not a list of pairs: the index finds a null only where the query says IS NULL.
    wanted = or_(*(and_(Account.kind == place.kind, Account.owner_id == place.owner_id) for place in places))
    found = ctx.db.execute(
        select(Account.id, Account.kind, Account.owner_id)
        .where(Account.currency == currency, wanted)
        .order_by(Account.owner_id.is_(None), Account.id)
        .with_for_update()
    )
    return {Place(row.kind, row.owner_id): row.id for row in found}


def _fingerprint(kind: PostingKind, currency: str, subject_id: UUID, legs: Sequence[Leg]) -> bytes:
    said = [
        kind,
        currency,
        str(subject_id),
        [[str(part) for part in (*leg.debit, *leg.credit, leg.amount)] for leg in legs],
    ]
    return hashlib.sha256(json.dumps(said).encode()).digest()
