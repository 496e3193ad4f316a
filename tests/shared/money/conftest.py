"""People who buy and sell, known to money by their ids alone."""

import pytest

from salus.kernel.actor import Actor, Role
from salus.kernel.ids import new_id


@pytest.fixture
def sal() -> Actor:
    """A seller."""
    return Actor(new_id(), frozenset({Role.PERSON, Role.SELLER}))


@pytest.fixture
def bea() -> Actor:
    """A buyer for an organisation."""
    return Actor(new_id(), frozenset({Role.PERSON, Role.BUYER}), organisation_id=new_id())


@pytest.fixture
def ada() -> Actor:
    """An administrator."""
    return Actor(new_id(), frozenset({Role.PERSON, Role.ADMINISTRATOR}))
