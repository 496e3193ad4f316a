"""Whoever may not do something learns at its door nothing of what it is done with."""

from uuid import UUID

import pytest
from fastapi import FastAPI

from salus.kernel.actor import Actor
from salus.kernel.context import Origin, nobody
from salus.kernel.ids import new_id
from salus.kernel.tenants import tenant_named
from salus.shared.people import actions
from tests.browsing import caller
from tests.cast import PASSWORD, email_of
from tests.world import Sql

SERIES = "/v1/appointments/series"


def booking(visit_type_id: UUID) -> dict[str, object]:
    return {"visit_type_id": str(visit_type_id), "starts_at": "2027-03-01T09:00:00Z", "count": 2}


@pytest.mark.parametrize("who", ["nobody", "Pia"])
def test_what_is_not_there_is_told_to_nobody_who_may_not_ask(
    app: FastAPI, tenant: UUID, pia: Actor, owner_sql: Sql, who: str
) -> None:
    """Seen to fail with the roles checked only where the operation is performed: 404 said that it is not there."""
    token = None if who == "nobody" else _token(tenant)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    with caller(app, tenant_named(tenant).hosts[0]) as client:
        answer = client.post(SERIES, json=booking(new_id()), headers=headers)

    assert answer.status_code == (401 if who == "nobody" else 403)
    refused = "SELECT count(*) FROM records WHERE operation = 'appointments.book_series' AND outcome = 'refused'"
    assert owner_sql(refused, tenant) == [(0 if who == "nobody" else 1,)]


def _token(tenant: UUID) -> str:
    with nobody(tenant, origin=Origin(channel="api")) as ctx:
        return actions.sign_in(ctx, email=email_of("Pia"), password=PASSWORD).token
