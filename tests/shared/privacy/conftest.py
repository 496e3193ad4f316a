"""Pia, of whom Salus knows everything it can know, and the browser she comes with."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from tests.shared.privacy.scene import Life, live
from tests.world import Sql, till_of


@pytest.fixture(scope="module")
def life(
    found_tenant: Callable[[str], UUID], owner_sql: Sql, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Life]:
    """A whole trade behind her. For tests that only look: whoever changes something lives a life of their own."""
    tenant = found_tenant("Lifeland")
    with till_of(tenant) as till:
        yield live(tenant, till, tmp_path_factory.mktemp("life"))
