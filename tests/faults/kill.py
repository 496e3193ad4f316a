"""Kills the server at every moment of a purchase, lets it recover, and looks whether money was lost or doubled.

    uv run python -m tests.faults.kill                          # the moments that matter most
    uv run python -m tests.faults.kill --all                    # every moment
    uv run python -m tests.faults.kill --planted books_first    # with a mistake that must be found

Prints what was found wrong after which moment, and how many moments were tried. Ends with 1 if anything was wrong.
"""

import argparse
import gc
import sys
import tempfile
import time
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

EVERY = ("",)
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


def run(*, marks: tuple[str, ...], steps: list[str], stop_at_first: bool = False) -> Outcome:
    """Try the moments of these steps that have one of the marks in their names."""
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
            _try_all(shop, step, marks, outcome, stop_at_first=stop_at_first)
            sys.stderr.write(f"{step}: {outcome}\n")
        in_new_process(partial(seal, installation.tenant))
        outcome.broken += in_new_process(partial(_check_log, installation.tenant))
    return outcome


def _try_all(shop: Shop, step: str, marks: tuple[str, ...], outcome: Outcome, *, stop_at_first: bool) -> None:
    """Die at the first moment of a step, then at the second, and so on, until the step runs to its end."""
    for number in count(1):
        purchase = in_new_process(partial(_prepared, shop, step, number))
        note = shop.trade.folder / "moment"
        try:
            in_new_process(partial(_die, shop, step, purchase, Moments(marks, die_at=number, note=note)))
            break
        except Killed:
            found = _after_the_death(shop, purchase, by_webhook=number % 2 == 0)
        outcome.tried[step] = number
        outcome.broken += [f"{step} {number} ({note.read_text()}): {what}" for what in found]
        if found and stop_at_first:
            return
    if not outcome.tried.get(step):
        outcome.broken.append(f"{step}: nobody was killed")


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


def _prepared(shop: Shop, step: str, number: int) -> Purchase:
    return shop.prepared(shop.agreed(f"Point {step} {number}."), step)


def _die(shop: Shop, step: str, purchase: Purchase, moments: Moments) -> None:
    moments.watch()
    shop.steps[step](purchase)


def _after_the_death(shop: Shop, purchase: Purchase, *, by_webhook: bool) -> list[str]:
    """What is wrong at once, and what after everything has recovered."""
    found = in_new_process(lambda: [f"at once: {what}" for what in truths.always(shop, purchase)])
    try:
        in_new_process(partial(shop.recover, purchase, by_webhook=by_webhook))
        return found + in_new_process(lambda: list(truths.in_the_end(shop, purchase)))
    except RuntimeError as error:
        return [*found, f"it could not recover: {str(error).strip().splitlines()[-1]}"]


def _check_log(tenant: UUID) -> list[str]:
    result = verify(tenant)
    wrong = [finding.words for finding in result.findings] or ([] if result.size else ["nothing was recorded"])
    return [f"the log: {what}" for what in wrong]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", action="store_true", help="every moment")
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
    marks = EVERY if options.all else MATTER_MOST
    outcome = run(marks=marks, steps=steps, stop_at_first=bool(options.planted))
    sys.stdout.write("".join(f"BROKEN  {one}\n" for one in outcome.broken) + f"{outcome}\n")
    sys.exit(bool(outcome.broken))


if __name__ == "__main__":
    main()
