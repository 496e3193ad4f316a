"""No backup brings anybody back, and no crash leaves an erasure half done."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context, forget_connections
from salus.kernel.ids import new_id
from salus.kernel.postgres import Embedded, binaries
from salus.kernel.settings import settings
from salus.kernel.tenants import forget_tenants
from salus.shared.money import queries as money
from salus.shared.privacy.actions import erasures as actions
from salus.shared.privacy.gateways import Tombstone, tombstones
from salus.shared.privacy.reactions import erasures as reactions
from salus.shared.privacy.rules import CONFIRMATION
from salus.shared.records import sealing, verification
from salus.worker import settle_everything
from tests.cast import PASSWORD, email_of, later, seller
from tests.shared.files.scene import bring
from tests.shared.money.till import IBAN
from tests.shared.privacy.scene import MARKS, Life, live, pay_out
from tests.shared.privacy.search import everything_readable, marks_in
from tests.world import Sql, till_of

HERS = [*MARKS.values(), email_of("Pia"), IBAN.replace(" ", "")]
ROLES = {
    "database_url": "salus_app",
    "owner_database_url": "salus_owner",
    "sealer_database_url": "salus_sealer",
}


def cluster() -> Embedded:
    return Embedded(settings().home / "postgres")


def backup(to: Path) -> None:
    """What an operator keeps: the whole database, as pg_dump writes it."""
    _run("pg_dump", cluster().url("salus_admin"), "--file", str(to))


@contextmanager
def restored(dump: Path) -> Iterator[str]:
    """Salus on a database that was restored from a backup; yields its name."""
    name = f"restored_{new_id().hex}"
    cluster().create_database(name)
    _run("psql", cluster().url("salus_admin", name), "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(dump))
    with pytest.MonkeyPatch.context() as patch:
        for setting, role in ROLES.items():
            patch.setattr(settings(), setting, SecretStr(cluster().url(role, name)))
        forget_connections()
        forget_tenants()
        yield name
        forget_connections()
    forget_tenants()


def _run(program: str, url: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(binaries() / program), *arguments, url], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr[-2000:]


def erase(tenant: UUID, person: Actor) -> None:
    with Context(person, tenant) as ctx:
        actions.ask_erasure(ctx, confirmation=CONFIRMATION, current_password=PASSWORD)
    settle_everything()
    carry_out(tenant)
    settle_everything()


def carry_out(tenant: UUID) -> None:
    with later(days=14, minutes=1):
        reactions.carry_out_due(Context(SYSTEM, tenant))


@pytest.fixture(scope="module")
def life(found_tenant: Callable[[str], UUID], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    tenant = found_tenant("Restoreland")
    with till_of(tenant) as till:
        life = live(tenant, till, tmp_path_factory.mktemp("restore"))
        pay_out(life)
        yield life


def test_a_restored_backup_from_before_brings_nobody_back(life: Life, tmp_path: Path) -> None:
    sealing.seal(life.tenant)
    backup(tmp_path / "before.sql")
    erase(life.tenant, life.pia)

    with restored(tmp_path / "before.sql") as database:
        assert marks_in(everything_readable(life.tenant, database), HERS) == HERS
        found = reactions.replay(Context(SYSTEM, life.tenant))

        assert (found.erased, found.unreadable) == (1, 0)
        assert marks_in(everything_readable(life.tenant, database), HERS) == []
        with life.as_ada() as ctx:
            assert set(money.trial_balance(ctx).balances.values()) == {0}
            assert money.drifted_accounts(ctx) == []
        sealing.seal(life.tenant)
        assert verification.verify(life.tenant).is_whole
        assert reactions.replay(Context(SYSTEM, life.tenant)).erased == 0


@pytest.fixture
def paul(tenant: UUID) -> Actor:
    """Somebody with a file and a letter or two."""
    person = seller(tenant, "Paul")
    with Context(person, tenant) as ctx:
        bring(ctx, BytesIO(b"his alone"))
    return person


STEPS = {
    "before the tombstone": ("tombstones", reactions),
    "before the consents": ("let_go", actions),
    "before the recipients are told": ("tell_recipients", actions),
    "before the files": ("remove_files", actions),
    "while the files go": ("storage", reactions),
    "before the rows": ("erase", actions),
}


@pytest.mark.parametrize("when", STEPS)
def test_an_erasure_that_was_killed_is_finished_later(
    when: str, tenant: UUID, paul: Actor, owner_sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, place = STEPS[when]

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(place, step, killed)
        erase(tenant, paul)
    assert owner_sql("SELECT state FROM privacy_erasures", tenant) == [("under_way",)]
    carry_out(tenant)

    assert owner_sql("SELECT state FROM privacy_erasures", tenant) == [("done",)]
    assert owner_sql("SELECT count(*) FROM files", tenant) == [(0,)]
    assert owner_sql("SELECT wrapped FROM person_keys WHERE person_id = :his", tenant, his=paul.id) == [(None,)]
    assert [stone.person_id for stone in tombstones(tenant).all() if stone][-1] == paul.id


def test_a_tombstone_counts_only_if_this_installation_wrote_it(tenant: UUID, paul: Actor) -> None:
    """Else whoever can write to one file could have anybody erased."""
    stones = tombstones(tenant)
    with Context(SYSTEM, tenant) as ctx:
        stones.append(Tombstone(tenant, paul.person_id, ctx.now))
    forged = stones.path.read_text().replace(str(paul.id), str(seller(tenant, "Pete").id))
    stones.path.write_text(forged)

    found = reactions.replay(Context(SYSTEM, tenant))

    assert (found.erased, found.unreadable) == (0, 1)


def test_a_line_that_a_crash_cut_off_does_not_swallow_the_next(tenant: UUID, paul: Actor) -> None:
    stones = tombstones(tenant)
    stones.path.parent.mkdir(parents=True, exist_ok=True)
    stones.path.write_text('{"tenant":"0199')
    with Context(SYSTEM, tenant) as ctx:
        stones.append(Tombstone(tenant, paul.person_id, ctx.now))

    found = reactions.replay(Context(SYSTEM, tenant))

    assert (found.erased, found.unreadable) == (1, 1)
