from uuid import UUID

import pytest
from recorder import Recorder


@pytest.fixture
def recorder(tenant: UUID) -> Recorder:
    return Recorder(tenant)
