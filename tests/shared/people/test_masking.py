"""Administrators see people masked, and who opens a name or an address says why to the person."""

from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed
from salus.shared.people import actions, queries
from salus.shared.people.rules import masked_address, masked_name
from salus.shared.records import queries as records
from salus.shared.records.schemas import Sought
from tests.cast import email_of, seller

WHOLE = "Pia Sofia Svensson"


@pytest.fixture
def svensson(tenant: UUID) -> Actor:
    pia = seller(tenant, "Pia")
    with Context(pia, tenant) as ctx:
        actions.rename(ctx, WHOLE)
    return pia


@pytest.mark.parametrize(("name", "masked"), [(WHOLE, "Pia S."), ("Pia", "Pia"), ("", "")])
def test_a_name_is_cut_to_what_tells_two_apart(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@pytest.mark.parametrize("address", ["pia@people.example", "pia.sofia.svensson@people.example"])
def test_an_address_does_not_even_tell_how_long_it_is(address: str) -> None:
    assert masked_address(address) == "p•••@people.example"


def test_lists_show_people_masked_and_still_find_them_by_their_whole_address(
    svensson: Actor, ada: Actor, tenant: UUID
) -> None:
    with Context(ada, tenant) as ctx:
        (found,) = queries.people(ctx, email=email_of("Pia"))
        shown = queries.person(ctx, svensson.person_id)

    assert (found.name, found.email) == (shown.name, shown.email) == ("Pia S.", "p•••@people.example")


def test_records_name_people_masked(svensson: Actor, ada: Actor, tenant: UUID) -> None:
    with Context(ada, tenant) as ctx:
        trail = records.records(ctx, Sought(person_id=svensson.person_id))

    assert trail.names[svensson.person_id] == "Pia S."


def test_opening_a_name_tells_the_person_who_did_it_and_why(svensson: Actor, ada: Actor, tenant: UUID) -> None:
    with Context(ada, tenant) as ctx:
        opened = actions.open_contact(ctx, svensson.person_id, reason="Ticket 4711")
    with Context(svensson, tenant) as ctx:
        look = records.who_looked(ctx).looks[0]

    assert (opened.name, opened.email) == (WHOLE, email_of("Pia"))
    assert (look.what, look.purpose) == ("opened your name and your e-mail address", "Ticket 4711")


def test_nobody_but_administrators_opens_them(svensson: Actor, bruno: Actor, tenant: UUID) -> None:
    with pytest.raises(NotAllowed), Context(bruno, tenant) as ctx:
        actions.open_contact(ctx, svensson.person_id, reason="curious")
