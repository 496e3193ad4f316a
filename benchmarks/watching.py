"""What it costs to watch the records: a round of all security rules over a day of a million records.

A quarter of the records is of operations that rules look at, in turn; half of the sign-ins among them were refused. The
records of the last quarter of a minute are new. Rounds find what is new and lay every rule over it, without raising
events; the time of each rule is shown, and that of the dashboard, which reads the same day.

    uv run python -m benchmarks.watching [--records 1000000] [--rounds 15] [--dry]
"""

import argparse
import statistics
import time
from collections.abc import Callable
from uuid import UUID

import psycopg

from benchmarks.machine import described, write_section
from salus.kernel import log, progress
from salus.kernel.actor import SYSTEM
from salus.kernel.context import Context
from salus.shared.security.actions import events
from salus.shared.security.queries import dashboard, detection
from salus.shared.security.rules.defaults import DEFAULTS
from salus.shared.security.rules.detection import Batch
from tests.cast import administrator
from tests.faults.installation import Installation, installed, owner_sql

DAY_S, ROUND_S = 86_400, 15
AT_ONCE = 50_000
WATCHED = sorted({operation for default in DEFAULTS for operation in default.operations})

FILL = """
INSERT INTO records (id, created_at, operation, outcome, actor_id, actor_roles, person_id, subject_id, correlation_id,
                     channel, network, fields, facts)
SELECT uuidv7(), now() - make_interval(secs => (CAST(:ends_s AS float8) - :begins_s) * i / :many + :begins_s),
       coalesce(operation, 'messages.read'),
       CASE WHEN operation LIKE 'people.sign_in%' AND i % 2 = 0 THEN 'refused' ELSE 'done' END,
       CAST(md5('actor' || i % 5000) AS uuid), '{person}', CAST(md5('person' || i % 20000) AS uuid), uuidv7(),
       md5(CAST(i AS text)), 'browser', '198.51.' || i % 200 || '.0/24', '{}', '{}'
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS i,
     LATERAL (SELECT CASE WHEN i % 4 = 0
              THEN (CAST(:watched AS text[]))[1 + i / 4 % cardinality(CAST(:watched AS text[]))] END AS operation) AS o
"""
ABOUT = """\
A tenant with {records:,} records of one day, {fresh:,} of them new: what comes at that rate in a quarter of a minute,
after which the next round is due. Medians [min-max] in milliseconds of {rounds} rounds.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--dry", action="store_true", help="print the section instead of writing it")
    options = parser.parse_args()
    log.configure(quiet=True)
    with installed() as here:
        batch = filled(here, options.records)
        lines = [ABOUT.format(fresh=batch.records, **vars(options)), *measured(here.tenant, batch, options.rounds)]
    print("\n".join(lines))
    if not options.dry:
        write_section("Watching the records", [described(), "", *lines])


def filled(here: Installation, records: int) -> Batch:
    """A day of records, watched but for the last quarter of a minute."""
    fresh = max(1, records * ROUND_S // DAY_S)
    tenant = here.tenant
    administrator(tenant)
    with Context(SYSTEM, tenant) as ctx:
        events.keep_rules(ctx)
    fill(tenant, records - fresh, begins_s=ROUND_S, ends_s=DAY_S)
    ((until,),) = owner_sql("SELECT CAST(CAST(max(transaction) AS text) AS bigint) + 1 FROM records", tenant)
    progress.report(Context(SYSTEM, tenant), detection.WATCH, int(str(until)), int(str(until)))
    fill(tenant, fresh, begins_s=0, ends_s=ROUND_S)
    with psycopg.connect(here.server.url("salus_admin"), autocommit=True) as admin:
        admin.execute("VACUUM ANALYZE")
    with Context(SYSTEM, tenant) as ctx:
        batch = detection.unwatched(ctx)
    assert batch is not None
    return batch


def fill(tenant: UUID, many: int, *, begins_s: int, ends_s: int) -> None:
    """So many records, spread evenly over what was between `ends_s` and `begins_s` ago."""
    for first in range(1, many + 1, AT_ONCE):
        last = min(many, first + AT_ONCE - 1)
        span = {"begins_s": begins_s, "ends_s": ends_s, "many": many}
        owner_sql(FILL, tenant, first=first, last=last, watched=WATCHED, **span)


def measured(tenant: UUID, batch: Batch, rounds: int) -> list[str]:
    with Context(SYSTEM, tenant) as ctx:
        rules = {rule.code: rule.id for rule in detection.rules(ctx)}

    def ask(code: str) -> None:
        with Context(SYSTEM, tenant) as ctx:
            detection.signs(ctx, detection.rule(ctx, rules[code]), batch)

    def look() -> None:
        with Context(SYSTEM, tenant) as ctx:
            detection.unwatched(ctx)

    def show() -> None:
        with Context(administrator(tenant), tenant) as ctx:
            dashboard.dashboard(ctx)

    found = {"find what is new": timed(look, rounds)}
    found |= {f"rule {code}": timed(lambda code=code: ask(code), rounds) for code in rules}
    whole = [sum(times) for times in zip(*found.values(), strict=True)]
    rows = {**found, "**the whole round**": whole, "the dashboard, nothing counted": timed(show, rounds)}
    with Context(SYSTEM, tenant) as ctx:
        events.keep_counts(ctx)
    rows["the dashboard, hours that are over counted"] = timed(show, rounds)
    table = [f"| {what} | {spread(times)} |" for what, times in rows.items()]
    return ["| step | ms |", "| --- | ---: |", *table]


def timed(deed: Callable[[], None], rounds: int) -> list[float]:
    """Milliseconds of each round, after one that warms up."""
    deed()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        deed()
        times.append((time.perf_counter() - began) * 1000)
    return times


def spread(times: list[float]) -> str:
    return f"{statistics.median(times):.1f} [{min(times):.1f}-{max(times):.1f}]"


if __name__ == "__main__":
    main()
