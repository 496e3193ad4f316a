"""`salus trade`: a whole trade of one export, in a throw-away tenant, with every step checked and accounted for."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from salus.kernel.fields import Money
from salus.program import Program, StepFailed, pay_by_card
from salus.shared.records.sealing import seal
from salus.shared.records.verification import verify
from salus.throwaway import ADMINISTRATOR, installation
from salus.web.filters import money as shown

PRICE_CENTS = 4_200
TIMEOUT_S = 600
SPLIT = {"seller_payable": "to the seller", "commission_revenue": "commission", "tax_payable": "tax"}
IDENTIFIERS = (b"HKDevice: 0x", b"Date of Birth", b"HKCharacteristicTypeIdentifierDateOfBirth")


@dataclass
class Account:
    """What is told at the end, line by line."""

    lines: list[tuple[str, str]] = field(default_factory=list)

    def add(self, what: str, value: str) -> None:
        self.lines.append((what, value))


def run(export: Path, console: Console) -> int:
    """Trade the export and print the account. Returns 0, or 1 if any step or any invariant failed."""
    account = Account()
    try:
        with installation() as here, _progress(console) as progress:
            _trade(export, here.tenant_id, here.url, progress, account)
    except StepFailed as failed:
        _print(console, export, account)
        console.print(f"[red]The trade failed:[/red] {failed}")
        return 1
    _print(console, export, account)
    return 0


def _trade(export: Path, tenant_id: UUID, url: str, progress: Progress, account: Account) -> None:
    task = progress.add_task("People arrive", total=None)
    seller, buyer, administrator = _people(tenant_id, url)
    progress.update(task, description="Reading the export")
    arrived = seller.bring_in(export, lambda done, total: progress.update(task, completed=done, total=total or None))
    series = seller.get("/health-data/series")
    progress.update(task, completed=export.stat().st_size, total=export.stat().st_size)
    _tell_what_was_found(account, arrived, series)
    progress.update(task, description="Offering, asking, agreeing")
    offer = _offer(seller, administrator, series)
    request = _ask_and_agree(seller, buyer, offer, account)
    progress.update(task, description="Paying")
    _pay(buyer, seller, administrator, request, account)
    progress.update(task, description="Delivering")
    delivery = _receive(buyer, request, series, account)
    _withdraw(seller, buyer, request, delivery, account)
    _check_the_log(tenant_id, account)
    progress.update(task, description="Done")


def _people(tenant_id: UUID, url: str) -> tuple[Program, Program, Program]:
    seller = Program(url, "127.0.0.1", "Sofia", "sofia@trade.example")
    buyer = Program(url, "127.0.0.1", "Boris", "boris@trade.example")
    administrator = Program(url, "127.0.0.1", "Anna", ADMINISTRATOR.email, ADMINISTRATOR.totp_secret)
    seller.sign_up()
    buyer.sign_up(
        {"name": "Trade Research Institute", "kind": "university", "country": "FI", "registration_number": "0000001-1"}
    )
    for one in (seller, buyer):
        one.verify(tenant_id)
    administrator.sign_in()
    reviews = administrator.get("/reviews")
    for each in reviews["sellers"]:
        administrator.post(f"/people/{each['id']}/review", {"review": "approved"})
    for each in reviews["organisations"]:
        administrator.post(f"/organisations/{each['id']}/review", {"review": "approved"})
    administrator.post("/commission-rules", {"basis_points": 1_200})
    tax = {"country": "FI", "applies_to": "sale", "basis_points": 2_550, "reason": "ALV 25.5 %"}
    administrator.post("/tax-rules", tax)
    for one in (seller, buyer):
        one.sign_in()
    return seller, buyer, administrator


def _tell_what_was_found(account: Account, arrived: dict[str, Any], series: list[dict[str, Any]]) -> None:
    counted = sum(one["count"] for one in series)
    if counted != arrived["records"]:
        raise StepFailed(f"the export has {arrived['records']} samples, but its series {counted}")
    names = ", ".join(f"{one['name']} {one['count']:,}" for one in sorted(series, key=lambda one: -one["count"])[:6])
    more = f", and {len(series) - 6} more" if len(series) > 6 else ""
    account.add("Types", f"{len(series)}: {names}{more}")
    account.add("Records", f"{counted:,}, each counted once; {arrived['duplicates']:,} repetitions left out")
    for note in arrived["notes"]:
        account.add("Noticed", note)


def _offer(seller: Program, administrator: Program, series: list[dict[str, Any]]) -> dict[str, Any]:
    dated = [one for one in series if one["first_at"] and one["months"]]
    if not dated:
        raise StepFailed("no type of this export has a date, so there is nothing to offer")
    for one in dated:
        seller.put(f"/health-data/series/{one['id']}/switch", {"on": True})
        seller.get(f"/health-data/series/{one['id']}/preview")
    offer = seller.post(
        "/health-data/offers",
        {
            "title": "Everything in this export",
            "description": "All dated types of one Apple Health export.",
            "codes": [one["code"] for one in dated],
            "from_day": min(one["first_at"] for one in dated)[:10],
            "to_day": max(one["last_at"] for one in dated)[:10],
            "price": f"{PRICE_CENTS / 100:.2f}",
            "permission": "HMB",
            "modifiers": ["NPOA"],
        },
    )
    seller.post(f"/health-data/offers/{offer['id']}/submission")
    administrator.post(f"/health-data/offers/{offer['id']}/approval")
    return dict(offer)


def _ask_and_agree(seller: Program, buyer: Program, offer: dict[str, Any], account: Account) -> dict[str, Any]:
    found = buyer.get("/health-data/market", words="export")
    if offer["id"] not in {one["offer_id"] for one in found["offers"]}:
        raise StepFailed("the published offer is not found on the market")
    wish = {"purpose": "research", "purpose_words": "Checking that a whole trade of this export goes through."}
    request = buyer.post(f"/health-data/market/{offer['id']}/requests", wish)
    consent = seller.get(f"/consents/{request['authorisation_id']}")
    agreement = {"text_sha256": consent["text_sha256"], "signature": seller.name, "agreed": True}
    seller.post(f"/consents/{request['authorisation_id']}/agreement", agreement)
    request = buyer.until(f"/health-data/requests/{request['id']}", lambda one: one["state"] == "agreed")
    buyer.get(f"/consents/{request['authorisation_id']}/receipt")
    receipt = seller.get(f"/consents/{request['authorisation_id']}/receipt")
    account.add("Consent receipt", f"{request['authorisation_id']}, text SHA-256 {consent['text_sha256'][:16]}…")
    account.add("Ends", str(receipt.get("expires_at", consent.get("expires_at", "")))[:10])
    return dict(request)


def _pay(buyer: Program, seller: Program, administrator: Program, request: dict[str, Any], account: Account) -> None:
    paying = buyer.post(f"/health-data/requests/{request['id']}/payment")
    again = buyer.post(f"/health-data/requests/{request['id']}/payment")
    if again["payment_id"] != paying["payment_id"]:
        raise StepFailed("pressing twice made two payments")
    address = f"/payments/{paying['payment_id']}"
    pay_by_card(buyer.until(address, lambda one: bool(one["checkout_url"])))
    buyer.until(address, lambda one: one["state"] == "settled")
    books = administrator.get("/ledger/trial-balance")
    if any(books["balances"].values()):
        raise StepFailed(f"the ledger does not balance: {books['balances']}")
    parts = {line["kind"]: Money(line["balance"]["amount"], line["balance"]["currency"]) for line in books["lines"]}
    shares = [parts[kind] for kind in SPLIT if kind in parts]
    if sum(share.amount for share in shares) != PRICE_CENTS:
        raise StepFailed(f"the parts of the price do not make {PRICE_CENTS} cents: {parts}")
    told = " + ".join(f"{shown(parts[kind])} {words}" for kind, words in SPLIT.items() if kind in parts)
    account.add("Price", f"{shown(Money(PRICE_CENTS, 'EUR'))} = {told}")
    (earned,) = seller.get("/earnings")
    if earned["available"]["amount"] != parts["seller_payable"].amount:
        raise StepFailed(f"the seller's balance is {earned['available']} and not their share")
    buyer.until("/invoices", lambda found: len(found) == 1)
    account.add("Invoice", buyer.get("/invoices")[0]["number"])


def _receive(buyer: Program, request: dict[str, Any], series: list[dict[str, Any]], account: Account) -> dict[str, Any]:
    buyer.until(f"/health-data/requests/{request['id']}", lambda one: one["state"] == "delivered", seconds=TIMEOUT_S)
    delivery = next(one for one in buyer.get("/health-data/deliveries") if one["request_id"] == request["id"])
    files = buyer.get(f"/health-data/deliveries/{delivery['id']}/files")
    contents = {file["name"]: buyer.download(file) for file in files}
    manifest = json.loads(contents["manifest.json"])
    for described in manifest["files"]:
        if hashlib.sha256(contents[described["name"]]).hexdigest() != described["sha256"]:
            raise StepFailed(f"{described['name']} is not what the manifest says")
    for name, content in contents.items():
        if any(mark in content for mark in IDENTIFIERS):
            raise StepFailed(f"{name} holds something that identifies a person or a device")
    tables = [pq.read_table(pa.BufferReader(c)) for name, c in contents.items() if name.endswith(".parquet")]
    rows, size = sum(table.num_rows for table in tables), sum(len(content) for content in contents.values())
    agreed = sum(one["count"] for one in series if one["first_at"])
    account.add("Delivery", f"{len(files)} files, {rows:,} of {agreed:,} rows, {size:,} bytes, all hashes right")
    return dict(delivery)


def _withdraw(
    seller: Program, buyer: Program, request: dict[str, Any], delivery: dict[str, Any], account: Account
) -> None:
    seller.post(f"/consents/{request['authorisation_id']}/withdrawal", {})
    buyer.until(f"/health-data/deliveries/{delivery['id']}", lambda one: one["state"] == "stopped")
    file = buyer.get(f"/health-data/deliveries/{delivery['id']}/files")[0]
    try:
        buyer.download(file)
    except StepFailed:
        account.add("Withdrawal", "reading stopped at once, and the buyer was told")
        return
    raise StepFailed("the delivery could still be read after the consent was withdrawn")


def _check_the_log(tenant_id: UUID, account: Account) -> None:
    seal(tenant_id)
    result = verify(tenant_id)
    if not result.is_whole or result.size == 0:
        raise StepFailed("; ".join(finding.words for finding in result.findings) or "nothing was recorded")
    account.add("Audit", f"{result.size:,} records in {result.checkpoints:,} seals: the log is whole")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:28}"), BarColumn(), DownloadColumn(), TimeElapsedColumn(), console=console
    )


def _print(console: Console, export: Path, account: Account) -> None:
    console.print(f"\n[bold]{export.name}[/bold], traded on {date.today()}")  # noqa: DTZ011  (the reader's own day)
    for what, value in account.lines:
        console.print(f"  {what:18} {value}", highlight=False)
