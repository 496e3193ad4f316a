"""The list of attacks names tests that are there, and every test of this folder."""

import pytest

from tests.architecture.tree import ROOT
from tests.attacks.catalogue import ATTACKS, Attack

HERE = ROOT / "tests" / "attacks"


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_tried_where_the_list_says(attack: Attack) -> None:
    assert attack.tests
    assert [path for path in attack.tests if not (ROOT / path).is_file()] == []


def test_every_attack_that_is_tried_here_is_on_the_list() -> None:
    listed = {path for attack in ATTACKS for path in attack.tests}
    here = {path.relative_to(ROOT).as_posix() for path in HERE.glob("test_*.py")}

    assert here - listed == {"tests/attacks/test_catalogue.py"}
