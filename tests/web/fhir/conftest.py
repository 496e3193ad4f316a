"""The programs of those who care and are cared for, as the tests of the store have them."""

from tests.shared.clinical.conftest import adas, dans, doras, petras

__all__ = ["adas", "dans", "doras", "petras"]
