"""What follows in a trade of health data, in the background."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from uuid import UUID

import pyarrow.compute as pc
import pyarrow.parquet as pq

from salus.exchanges.health_data.actions import deliveries, imports, leaving, requests
from salus.exchanges.health_data.actions.imports import Found
from salus.exchanges.health_data.models import Download, Import, ImportState, Request, RequestState
from salus.exchanges.health_data.queries import copies as copy_queries
from salus.exchanges.health_data.queries import deliveries as delivery_queries
from salus.exchanges.health_data.queries import imports as import_queries
from salus.exchanges.health_data.queries import requests as request_queries
from salus.exchanges.health_data.rules.packing import pack
from salus.formats.apple_health import ExportRefused, Summary, open_export
from salus.kernel import progress
from salus.kernel.context import Context
from salus.kernel.records import Record, after
from salus.kernel.settings import settings
from salus.shared.privacy.rules.parts import Part, take_part
from salus.shared.privacy.rules.retention import Kind, retain

REPORT_EVERY_S = 0.5

take_part(
    Part(
        "health_data",
        "Your health data: a Parquet file of each type, and the same as CSV for spreadsheets.",
        exported=copy_queries.exported,
        obligations=copy_queries.obligations,
        let_go=leaving.let_go,
    )
)
retain(
    Kind(
        "health_downloads",
        "Readings of delivered data, after they began",
        Download,
        Download.created_at,
        2_192,
        "The accounting of disclosures, six years: HIPAA 45 CFR 164.528(a).",
        least_days=2_192,
    )
)
retain(
    Kind(
        "health_imports",
        "Exports that could not be read, after they were refused",
        Import,
        Import.finished_at,
        90,
        "No longer needed for what they were made: GDPR art. 5(1)(e).",
        Import.state == ImportState.REFUSED,
    )
)


@after("health_data.bring_in", long=True)
@after("health_data.read_again", long=True)
def read_export(ctx: Context, record: Record) -> None:
    """Read an export into series, showing how far it is. Dies half way: begins anew, and nothing was visible."""
    if record.subject_id is None:
        return
    _clear_away(record.subject_id)
    with ctx.again() as own:
        arrived = import_queries.arrived(own, record.subject_id)
        if arrived.state not in {ImportState.WAITING, ImportState.READING}:
            return
        imports.begin_reading(own, arrived)
        source = import_queries.source(own, arrived)
    with source, _private_folder(arrived.id) as folder:
        try:
            with open_export(source) as export:
                summary = export.write_parquet(folder, on_progress=_Reported(ctx, arrived.id))
        except ExportRefused as refused:
            with ctx.again() as own:
                imports.refuse_reading(own, arrived, refused.message)
            return
        with ctx.again() as own:
            imports.finish_reading(own, arrived, summary, _found(summary, folder))


@after("consent.give")
def agree(ctx: Context, record: Record) -> None:
    """The person agreed: the buyer may pay."""
    request = _request_under(ctx, record)
    if request is not None and request.state is RequestState.ASKED:
        requests.note_agreement(ctx, request)


@after("consent.decline")
def decline(ctx: Context, record: Record) -> None:
    """The person declined: the request ends, without any charge."""
    _end(ctx, record, RequestState.DECLINED, "The person declined. You were not charged.")


@after("consent.withdraw")
def withdraw(ctx: Context, record: Record) -> None:
    """The person withdrew: what was delivered is closed, and the buyer is told."""
    _end(ctx, record, RequestState.ENDED, "The person withdrew their consent.")


@after("consent.expire")
def expire(ctx: Context, record: Record) -> None:
    """The consent ran out: what was delivered is closed, and the buyer is told."""
    _end(ctx, record, RequestState.ENDED, "The consent ran out.")


@after("money.settle")
def take_payment(ctx: Context, record: Record) -> None:
    """The money has arrived and is split: the delivery is owed."""
    request = _request_paid(ctx, record)
    if request is None:
        return
    if request.state is RequestState.PAYING:
        requests.note_payment(ctx, request)
    elif request.state not in {RequestState.PAID, RequestState.DELIVERED}:
        requests.give_back(ctx, request)


@after("money.fail")
def lose_payment(ctx: Context, record: Record) -> None:
    """The payment failed: the buyer may try again. If it was taken back after it had arrived, reading ends."""
    request = _request_paid(ctx, record)
    if request is None:
        return
    if request.state in {RequestState.PAID, RequestState.DELIVERED}:
        _close(ctx, request, RequestState.ENDED, "The bank took the payment back.")
    else:
        requests.note_failed_payment(ctx, request)


@after("health_data.note_payment", long=True)
def deliver(ctx: Context, record: Record) -> None:
    """Put the delivery together and open it to the buyer. Begun anew if it was interrupted; delivered once."""
    if record.subject_id is None:
        return
    _clear_away(record.subject_id)
    with ctx.again() as own:
        request = request_queries.request(own, record.subject_id)
        if request.state is not RequestState.PAID:
            return
        series = delivery_queries.series_for(own, request)
        licence = delivery_queries.licence(own, request)
    with _private_folder(request.id) as folder:
        with ctx.again() as own:
            packed = pack(folder, delivery_queries.samples(own, request, series), licence)
        with ctx.again() as own:
            deliveries.deliver(own, request, packed)


def _request_under(ctx: Context, record: Record) -> Request | None:
    return request_queries.request_under(ctx, record.subject_id) if record.subject_id else None


def _request_paid(ctx: Context, record: Record) -> Request | None:
    return request_queries.request_paid_by(ctx, record.subject_id) if record.subject_id else None


def _end(ctx: Context, record: Record, state: RequestState, because: str) -> None:
    request = _request_under(ctx, record)
    if request is None:
        return
    never_delivered = request.state is RequestState.PAID
    _close(ctx, request, state, because)
    if never_delivered:
        requests.give_back(ctx, request)


def _close(ctx: Context, request: Request, state: RequestState, because: str) -> None:
    requests.end(ctx, request, state=state, because=because)
    for delivery in delivery_queries.deliveries_under(ctx, request.authorisation_id):
        deliveries.stop(ctx, delivery, because=because)


class _Reported:
    """Reports progress, but not more often than a person can see."""

    def __init__(self, ctx: Context, subject_id: UUID) -> None:
        self.ctx, self.subject_id = ctx, subject_id
        self.next_at = 0.0

    def __call__(self, done: int, total: int) -> None:
        if monotonic() >= self.next_at:
            progress.report(self.ctx, self.subject_id, done, total)
            self.next_at = monotonic() + REPORT_EVERY_S


def _found(summary: Summary, folder: Path) -> list[Found]:
    # A type whose only routes or electrocardiograms could not be read has a file and no samples: nothing to share.
    return [Found(one, folder / one.file, _months(folder / one.file)) for one in summary.types if one.count]


def _months(parquet: Path) -> dict[str, int]:
    starts = pq.read_table(parquet, columns=["start"]).column("start").drop_null()
    counted = pc.value_counts(pc.strftime(starts, "%Y-%m")).to_pylist()
    return {one["values"]: one["counts"] for one in sorted(counted, key=lambda one: one["values"])}


@contextmanager
def _private_folder(work_id: UUID) -> Iterator[Path]:
    """A folder only this process's user can enter, for plain files on their way into encryption."""
    parent = _private_folders()
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix=f"{work_id}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clear_away(work_id: UUID) -> None:
    """Remove what a killed process left readable, also where the work itself had been finished before it died."""
    for left_behind in _private_folders().glob(f"{work_id}-*"):
        shutil.rmtree(left_behind, ignore_errors=True)


def _private_folders() -> Path:
    return settings().home / "reading"
