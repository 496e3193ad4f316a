"""A person gets everything about them, and nothing of anybody else."""

import io
import json
from collections.abc import Iterator
from zipfile import ZipFile

import pyarrow.parquet as pq
import pytest
from sqlalchemy import Uuid

from salus import schema
from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.db import Table, is_secret_of_the_house
from salus.kernel.errors import NotFound
from salus.shared.files.models import FileState
from salus.shared.people.rules import PasswordNotRight
from salus.shared.privacy.actions import copies as actions
from salus.shared.privacy.models import Copy
from salus.shared.privacy.queries import copies as queries
from salus.shared.privacy.reactions.copies import remove_old_copies
from salus.shared.privacy.rules import CopyNotReady, CopyUnderWay
from salus.worker import settle_everything
from tests.cast import PASSWORD, email_of, later
from tests.shared.privacy.scene import CONTENT, MARKS, Life
from tests.world import Sql


def asked_for(life: Life, person: Actor) -> Copy:
    with Context(person, life.tenant) as ctx:
        asked = actions.ask_copy(ctx)
    settle_everything()
    return asked


def fetched(life: Life, person: Actor, asked: Copy, password: str = PASSWORD) -> ZipFile:
    with Context(person, life.tenant) as ctx:
        pieces = actions.fetch_copy(ctx, queries.my_copy(ctx, asked.id), current_password=password)
        return ZipFile(io.BytesIO(b"".join(pieces)))


@pytest.fixture(scope="module")
def asked(life: Life) -> Copy:
    return asked_for(life, life.pia)


@pytest.fixture(scope="module")
def hers(life: Life, asked: Copy) -> ZipFile:
    return fetched(life, life.pia, asked)


def tables() -> Iterator[type[Table]]:
    yield from (table for table in schema.tables() if table.__module__.startswith("salus.") and table.concerns)


def test_all_that_she_wrote_is_in_it(hers: ZipFile) -> None:
    told = hers.read("data.json").decode()

    assert [mark for mark in [*MARKS.values(), email_of("Pia")] if mark not in told] == []


def test_every_row_about_her_is_in_it_with_every_column(life: Life, hers: ZipFile, owner_sql: Sql) -> None:
    """The rows are found by another way than the one that wrote them: by her id in any column of any table."""
    told = json.loads(hers.read("data.json"))
    missing = []
    for table in tables():
        columns = [
            one.name for one in table.__table__.columns if isinstance(one.type, Uuid) and one.name != "tenant_id"
        ]
        hers_by = " OR ".join(f"{name} = :her" for name in columns)
        found = owner_sql(f"SELECT id FROM {table.__tablename__} WHERE {hers_by}", life.tenant, her=life.pia.id)
        rows = {row["id"]: row for row in told[table.__tablename__]}
        missing += [f"a row of {table.__tablename__}" for (row_id,) in found if str(row_id) not in rows]
        expected = {one.name for one in table.__table__.columns if not is_secret_of_the_house(one)}
        expected -= {"tenant_id", "transaction", *(n for n in expected if n.endswith("_sealed"))}
        expected |= {n for n, f in (table.__dict__.get("__encrypted__") or {}).items() if n != "secret"}
        whole = next((row for row in rows.values() if row.get(table.concerns) == str(life.pia.id)), None)
        if whole is not None:
            named = set(table.mentions)
            missing += [f"{table.__tablename__}.{name}" for name in expected - whole.keys() - named]

    # What a copy is made by happens after it was written.
    assert {one for one in missing if one.split()[-1] not in LATER} == set()


LATER = {"records", "privacy_copies", "files", "notices", "mails", "sessions", "contacts"}
"""Tables that get rows while the copy is made and fetched."""


def test_none_of_anybody_else_is_in_it(life: Life, hers: ZipFile) -> None:
    told = hers.read("data.json").decode() + hers.read("index.html").decode()

    assert email_of("Bruno") not in told
    assert email_of("Paul") not in told
    for stranger in (life.paul, life.trade.buyer, life.trade.administrator):
        assert str(stranger.id) not in told


def test_her_health_data_is_in_it_as_it_is_kept_and_for_spreadsheets(life: Life, hers: ZipFile, owner_sql: Sql) -> None:
    parquet = [name for name in hers.namelist() if name.startswith("health/") and name.endswith(".parquet")]
    rows = {name: pq.read_table(io.BytesIO(hers.read(name))).num_rows for name in parquet}
    kept = owner_sql(
        "SELECT count(*), sum(count) FROM health_series WHERE person_id = :her", life.tenant, her=life.pia.id
    )

    assert (len(rows), sum(rows.values())) == kept[0]
    for name in parquet:
        lines = hers.read(name.replace(".parquet", ".csv")).splitlines()
        assert len(lines) == rows[name] + 1


def test_her_files_are_in_it_as_she_brought_them(hers: ZipFile) -> None:
    (brought,) = [name for name in hers.namelist() if name.endswith(MARKS["file"])]

    assert hers.read(brought) == CONTENT


def test_each_consent_is_in_it_with_its_text_and_its_receipt(hers: ZipFile) -> None:
    names = [name for name in hers.namelist() if name.startswith("consents/")]

    assert len([name for name in names if name.endswith(".txt")]) == 2
    assert all(json.loads(hers.read(name))["schema_version"] for name in names if name.endswith(".receipt.json"))


def test_its_page_says_in_plain_words_who_looked_and_who_got_what(hers: ZipFile) -> None:
    page = hers.read("index.html").decode()

    assert "Bruno for Helix Research read a file of yours" in page
    assert "Explicit consent" in page
    assert "<script" not in page
    assert "http" not in page.replace("charset", "")


def test_no_secret_of_the_house_is_in_it(hers: ZipFile) -> None:
    rows = json.loads(hers.read("data.json"))

    assert "password_hash" not in rows["users"][0]
    assert "token_hash" not in rows["sessions"][0]
    assert "wrapped" not in rows["person_keys"][0]


def test_nobody_else_can_fetch_it(life: Life, asked: Copy) -> None:
    for stranger in (life.paul, life.trade.buyer, life.trade.administrator):
        with pytest.raises(NotFound), Context(stranger, life.tenant) as ctx:
            queries.my_copy(ctx, asked.id)
        with pytest.raises(NotFound), Context(stranger, life.tenant) as ctx:
            actions.fetch_copy(ctx, asked, current_password=PASSWORD)


def test_fetching_it_takes_her_password_and_is_on_record(life: Life, asked: Copy, owner_sql: Sql) -> None:
    with pytest.raises(PasswordNotRight):
        fetched(life, life.pia, asked, password="somebody else's guess at it")
    fetched(life, life.pia, asked)

    counted = "SELECT count(*) FROM records WHERE operation = 'privacy.fetch_copy' AND outcome = 'done'"
    assert owner_sql(counted, life.tenant)[0][0] >= 1


def test_one_is_made_at_a_time(life: Life) -> None:
    with Context(life.paul, life.tenant) as ctx:
        actions.ask_copy(ctx)
    with pytest.raises(CopyUnderWay), Context(life.paul, life.tenant) as ctx:
        actions.ask_copy(ctx)
    settle_everything()


def test_the_letter_says_where_it_is_and_never_what_is_in_it(life: Life, asked: Copy, owner_sql: Sql) -> None:
    links = owner_sql("SELECT link FROM notices WHERE template = 'privacy/copy-ready'", life.tenant)

    assert set(links) == {("/account/privacy",)}


def test_after_seven_days_it_is_gone(life: Life, owner_sql: Sql) -> None:
    asked = asked_for(life, life.paul)
    with later(days=7, minutes=1):
        remove_old_copies(Context(SYSTEM, life.tenant))
        settle_everything()

        with pytest.raises(CopyNotReady):
            fetched(life, life.paul, asked)
    states = owner_sql("SELECT state FROM files WHERE id = (SELECT file_id FROM privacy_copies WHERE id = :its)",
                       life.tenant, its=asked.id)  # fmt: skip
    assert states == [(FileState.REMOVED,)]
