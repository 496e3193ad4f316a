"""Ten thousand bookings at once, eight for every time, with retries, while the database is restarted half way.

    uv run python -m checks.bookings [--count 10000] [--threads 32] [--no-restart]

Prints what the callers were told and how long it took, and fails if a time was given twice, an answer was not true, a
booking was half made, or the server met a deadlock. Seen to fail with the exclusion constraint dropped.
"""

import argparse
import os
import sys
import threading
import time

from argon2 import PasswordHasher

from salus.kernel import log
from salus.shared.people import passwords
from tests.faults.crowd import HALF_HOURS, book_all, opened, wishes
from tests.faults.installation import installed

PATIENTS, DAYS, FOR_EVERY_TIME = 30, 10, 8


def main() -> int:
    options = _options()
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    doctors = max(1, options.count // (FOR_EVERY_TIME * DAYS * HALF_HOURS))
    with installed() as here:
        log.configure(quiet=True)
        surgeries, patients = opened(here.tenant, doctors, PATIENTS)
        wanted = wishes(surgeries, patients, options.count, days=DAYS)
        away: list[float] = []

        def restart() -> None:
            threading.Event().wait(options.restart_after)
            began = time.monotonic()
            here.server.stop()
            here.server.start()
            away.append(time.monotonic() - began)

        began = time.monotonic()
        outcome = book_all(
            here.tenant, wanted, threads=options.threads, meanwhile=None if options.no_restart else restart
        )
        took = time.monotonic() - began
        wrong = outcome.wrong(here.tenant)
    print(
        f"{options.count} bookings wanted of {len(surgeries)} doctors by {PATIENTS} patients, {options.threads} at once"
    )
    print(f"told: {dict(outcome.told)}; sent again {outcome.sent_again} times; database away {away or 'never'} s")
    print(f"{options.count / took:.0f} answers/s, {took:.0f} s, load {os.getloadavg()[0]:.1f}")
    print("\n".join(wrong) or "0 given twice, 0 lost, 0 half made, 0 deadlocks")
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument("--restart-after", type=float, default=20.0, help="seconds")
    parser.add_argument("--no-restart", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
