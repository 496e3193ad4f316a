"""Every table says whose rows it holds: so that a copy of everything about somebody, and an erasure, miss none."""

import re

import pytest

from salus import schema
from salus.kernel.db import Table, is_secret_of_the_house, person_behind

NOBODYS = {
    "attempts": "counters under digests, forgotten within hours",
    "checkpoints": "signed heads of a log",
    "commission_rules": "terms of the operator",
    "gateway_messages": "a gateway's own ids; what they led to is in payments",
    "identity_providers": "whom the operator trusts to vouch for people",
    "incident_clocks": "what the law asks by when; the incident says whom it touches",
    "incident_scopes": "a question put to the records; whom it found is in incident_people",
    "incident_steps": "how an incident was handled; whoever took a step is mentioned",
    "insurers": "whom the operator asks about coverage",
    "leaves": "hashes of records",
    "ledger_postings": "an event of the books; its entries say whose accounts moved",
    "locations": "where a practice is",
    "market_offers": "the market's copy of an offer, which leaves with it; it tells not even whose it is",
    "number_series": "the last number of an invoice",
    "oauth_client_secrets": "digests of the secrets of programs",
    "oauth_clients": "programs; who registered one is mentioned",
    "oauth_signing_keys": "keys of the exchange",
    "organisations": "legal persons; who acts for them is in memberships",
    "outside_services": "whether services of others answer",
    "owed": "work on a record, which says whom it is about",
    "processing_activities": "what an operator does with data, in general words",
    "progress": "how far a work on something is; the thing itself says whose it is",
    "reading_places": "how far a reader of the records has come",
    "retention_rules": "for how long kinds of rows are kept",
    "retention_runs": "counts and digests of what was deleted",
    "security_acknowledgements": "what an administrator said of an event",
    "security_alerts": "that administrators were told of an event within an hour",
    "security_events": "a pattern in records, which say themselves whom they are about",
    "security_hours": "counts",
    "security_office_hours": "terms of the operator",
    "security_rules": "what is looked for in records",
    "tax_rules": "terms of the operator",
    "tenants": "operators",
    "webauthn_challenges": "random numbers under digests, forgotten within the hour",
}
"""Tables whose rows are about nobody, and why. All columns were looked at."""

SOMEBODY = re.compile(
    r"^(person|user|owner|actor|buyer|seller|payer|payee|reporter|administrator)_id$"
    r"|^(asked|decided|ended|found|invited|lifted|reported|resolved|retired|reviewed|revoked|set)_by$"
)
"""Names of columns that hold the id of a person."""

WHAT_TO_WRITE = """say under `__tablename__` whose rows these are (salus/kernel/db.py, Table):
    called = "Recovery codes"   # what people call them
    concerns = "person_id"   # the column that leads to the person; None only together with a line in NOBODYS
    mentions = ("actor_id",)   # other columns that hold ids of people
    kept_because = "…"   # only where a law keeps the row when its person is erased; names the law"""


def tables() -> list[type[Table]]:
    ours = [table for table in schema.tables() if table.__module__.startswith("salus.")]
    return sorted(ours, key=lambda table: table.__tablename__)


def test_every_table_says_whose_rows_it_holds() -> None:
    silent = [table.__tablename__ for table in tables() if "concerns" not in vars(table)]

    assert not silent, f"{silent}: {WHAT_TO_WRITE}"


def test_rows_about_people_have_a_name_that_people_understand() -> None:
    names = {table.__tablename__: table.called for table in tables() if table.concerns or table.mentions}

    assert not [table for table, called in names.items() if not called], WHAT_TO_WRITE
    assert len(set(names.values())) == len(names)


def test_tables_about_nobody_were_reviewed() -> None:
    nobodys = {table.__tablename__ for table in tables() if table.concerns is None}

    assert nobodys == NOBODYS.keys(), WHAT_TO_WRITE


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.__tablename__)
def test_every_column_that_holds_a_persons_id_is_named(table: type[Table]) -> None:
    columns = {column.name for column in table.__table__.columns}
    people = {name for name in columns if SOMEBODY.search(name)}
    named = {*table.mentions, *([table.concerns] if table.concerns else [])}

    assert named <= columns
    assert people <= named | {"id"}, WHAT_TO_WRITE


@pytest.mark.parametrize(
    "table", [table for table in tables() if table.concerns], ids=lambda table: table.__tablename__
)
def test_the_column_leads_to_a_person(table: type[Table]) -> None:
    assert table.concerns is not None
    path = person_behind(table, table.concerns)

    assert str(path.compile(compile_kwargs={"literal_binds": False}))


def test_what_is_kept_names_the_law() -> None:
    reasons = {table.__tablename__: table.kept_because for table in tables() if table.kept_because}

    assert reasons
    assert [name for name, reason in reasons.items() if not re.search(r"GDPR art|CFR", reason)] == []


def test_what_is_erased_can_be_deleted() -> None:
    kept_by_its_rights = [
        table.__tablename__
        for table in tables()
        if table.concerns and table.kept_because is None and "DELETE" not in table.rights
    ]

    assert kept_by_its_rights == []


def test_nothing_that_is_kept_refers_to_what_is_erased() -> None:
    """Else the database itself would refuse the erasure of whoever has such a row."""
    by_name = {table.__tablename__: table for table in tables()}
    goes = {name for name, table in by_name.items() if table.concerns and table.kept_because is None}
    holding = {
        f"{name}.{key.parent.name} holds {key.column.table.name}"
        for name, table in by_name.items()
        if name not in goes
        for column in table.__table__.columns
        for key in column.foreign_keys
        if key.column.table.name in goes
    }

    assert holding == set()


def test_secrets_of_the_house_are_known() -> None:
    secrets = {
        f"{table.__tablename__}.{column.name}"
        for table in tables()
        if table.concerns
        for column in table.__table__.columns
        if is_secret_of_the_house(column)
    }

    assert {"users.password_hash", "users.email_index", "sessions.token_hash", "person_keys.wrapped"} <= secrets
    assert {"totps.secret_sealed", "email_tokens.token_hash", "invitations.token_hash"} <= secrets
    assert not secrets & {"users.name_sealed", "authorisations.text_sha256", "notices.link", "health_series.code"}
