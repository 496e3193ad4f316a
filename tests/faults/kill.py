"""Kills the server at every moment of a purchase, lets it recover, and looks whether money was lost or doubled.

    uv run python -m tests.faults.kill                          # the moments that matter most, and some others
    uv run python -m tests.faults.kill --all                    # every moment
    uv run python -m tests.faults.kill --planted books_first    # with a mistake that must be found

Prints what was found wrong after which moment, and how many moments were tried. Ends with 1 if anything was wrong.
"""

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy.orm import configure_mappers

from salus import modules
from salus.kernel import log
from salus.kernel.context import engine
from salus.shared.people import passwords
from salus.shared.records.sealing import seal
from salus.shared.records.verification import verify
from tests.faults import planted, truths
from tests.faults.dying import Killed, Moments, in_new_process
from tests.faults.installation import installed
from tests.faults.purchase import Inbox, Purchase, Shop, open_trade

EVERY = 25
MATTER_MOST = ("after COMMIT", "after POST", "after GET", "after file")
"""Something has just become so outside this process. To die anywhere before is to die just after the last of these."""


@dataclass
class Outcome:
    """What a run found out."""

    tried: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def __str__(self) -> str:
        each = ", ".join(f"{step} {count}" for step, count in self.tried.items())
        tried, seconds = sum(self.tried.values()), time.monotonic() - self.began
        return f"{tried} points tried ({each}), {len(self.broken)} findings, {seconds:.0f} s"


def run(*, every: int, steps: list[str], stop_at_first: bool = False) -> Outcome:
    """Try the moments of these steps; all of them if `every` is 1."""
    outcome = Outcome()
    with (
        installed() as installation,
        Inbox(installation.webhook_port) as inbox,
        tempfile.TemporaryDirectory() as folder,
    ):
        trade = in_new_process(partial(open_trade, installation.tenant, Path(folder)))
        shop = Shop(installation, inbox, trade)
        _warm_up(shop)
        for step in steps or list(shop.steps):
            for number, moment in _chosen(shop, step, every):
                found = _try(shop, step, number)
                if found is None:
                    break
                outcome.tried[step] = outcome.tried.get(step, 0) + 1
                outcome.broken += [f"{step} {number} ({moment}): {what}" for what in found]
                if found and stop_at_first:
                    return outcome
        in_new_process(partial(seal, installation.tenant))
        log_of_records = in_new_process(partial(_check_log, installation.tenant))
        outcome.broken += [f"the log: {what}" for what in log_of_records]
    return outcome


def _warm_up(shop: Shop) -> None:
    """Let every later process inherit compiled statements instead of compiling them again; but no connection."""
    purchase = shop.agreed("The first of all.")
    shop.press(purchase)
    list(truths.always(shop, purchase))
    for setting in ("database_url", "owner_database_url"):
        engine(setting).dispose()
    in_new_process(partial(shop.recover, purchase, by_webhook=True))
    gc.collect()
    gc.freeze()


def _chosen(shop: Shop, step: str, every: int) -> Iterator[tuple[int, str]]:
    """The moments to die at, found by a purchase in which nobody dies. They go on past its end."""
    purchase = in_new_process(partial(_prepared, shop, step, "rehearsed"))
    passed = in_new_process(partial(_rehearse, shop, step, purchase))
    for number, moment in enumerate(passed, start=1):
        if number % every == 0 or any(mark in moment for mark in MATTER_MOST):
            yield number, moment
    for number in count(len(passed) + 1):
        yield number, "later than the rehearsal went"


def _try(shop: Shop, step: str, number: int) -> list[str] | None:
    """One purchase that is killed there. What was wrong right after and after the recovery; None if it ended before."""
    purchase = in_new_process(partial(_prepared, shop, step, str(number)))
    try:
        in_new_process(partial(_die, shop, step, purchase, number))
    except Killed:
        pass
    else:
        return None
    found = in_new_process(lambda: [f"at once: {what}" for what in truths.always(shop, purchase)])
    try:
        in_new_process(partial(shop.recover, purchase, by_webhook=number % 2 == 0))
        found += in_new_process(lambda: list(truths.in_the_end(shop, purchase)))
    except RuntimeError as error:
        found.append(f"it could not recover: {str(error).strip().splitlines()[-1]}")
    return found


def _prepared(shop: Shop, step: str, name: str) -> Purchase:
    return shop.prepared(shop.agreed(f"Point {step} {name}."), step)


def _rehearse(shop: Shop, step: str, purchase: Purchase) -> list[str]:
    moments = Moments().watch()
    shop.steps[step](purchase)
    passed = list(moments.passed)
    shop.recover(purchase, by_webhook=True)
    return passed


def _die(shop: Shop, step: str, purchase: Purchase, number: int) -> None:
    Moments(die_at=number).watch()
    shop.steps[step](purchase)


def _check_log(tenant: UUID) -> list[str]:
    result = verify(tenant)
    return [finding.words for finding in result.findings] or ([] if result.size else ["nothing was recorded"])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", action="store_true", help="every moment")
    parser.add_argument("--every", type=int, default=EVERY, help="which share of the moments that matter less")
    parser.add_argument("--step", action="append", default=[], help="only this step (again for more)")
    parser.add_argument("--planted", choices=sorted(planted.FAULTS), help="plant a fault, and stop when it is found")
    options = parser.parse_args()
    modules.load_all()
    configure_mappers()
    log.configure(quiet=True)
    # What is tried here is not how long a password takes.
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    steps = options.step
    if options.planted:
        steps = [planted.plant(options.planted)]
    outcome = run(every=1 if options.all else options.every, steps=steps, stop_at_first=bool(options.planted))
    sys.stdout.write("".join(f"BROKEN  {one}\n" for one in outcome.broken) + f"{outcome}\n")
    sys.exit(bool(outcome.broken))


if __name__ == "__main__":
    main()
