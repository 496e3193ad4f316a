"""What must be true of a purchase: at every moment, however its processes died; and once it was carried through."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from salus.exchanges.health_data.models import DeliveryFile
from salus.kernel.actor import SYSTEM
from salus.kernel.context import Context
from salus.shared.money import queries as money
from salus.shared.money.rules import reference
from tests.faults.installation import owner_sql
from tests.faults.purchase import Purchase, Shop

FILES = {"manifest.json", "LICENCE.txt", *(f"{kind}.{end}" for kind in ("StepCount", "HeartRate") for end in ("csv", "parquet"))}  # fmt: skip  # noqa: E501
ONCE = ("health_data.pay", "money.intend", "money.settle", "money.post", "health_data.note_payment", "health_data.deliver")  # fmt: skip  # noqa: E501

STATE = """
SELECT r.state AS request, r.authorisation_id, p.id AS payment_id, p.state AS payment, p.amount,
    p.seller_share, p.commission, p.commission_tax + p.sale_tax AS tax,
    (SELECT count(*) FROM payments WHERE subject_id = r.id) AS payments,
    (SELECT count(*) FROM ledger_postings WHERE subject_id = p.id) AS postings,
    (SELECT count(*) FROM health_deliveries WHERE request_id = r.id) AS deliveries,
    (SELECT count(*) FROM health_delivery_files f JOIN health_deliveries d ON d.id = f.delivery_id
        WHERE d.request_id = r.id) AS files,
    (SELECT count(*) FROM records WHERE operation = 'money.settle' AND subject_id = p.id) AS settlings,
    (SELECT count(*) FROM owed) AS owed,
    (SELECT count(*) FROM owed WHERE last_error IS NOT NULL) AS failures
FROM health_requests r LEFT JOIN payments p ON p.id = r.payment_id
WHERE r.id = :request
"""
BOOKED = """
SELECT a.kind, sum(CASE WHEN a.id = e.credit_id THEN e.amount ELSE -e.amount END)::bigint
FROM ledger_postings p JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id IN (e.debit_id, e.credit_id)
WHERE p.subject_id = :payment GROUP BY a.kind
"""  # noqa: E501


def always(shop: Shop, purchase: Purchase) -> Iterator[str]:
    """What is wrong even though a process may have died at any moment: something half done, or something lost."""
    now = _state(shop, purchase)
    is_settled = now["payment"] == "settled"
    if now["payments"] > 1:
        yield f"{now['payments']} payments for one request"
    if (now["postings"], now["settlings"]) != (int(is_settled), int(is_settled)):
        yield f"a payment that is {now['payment']} has {now['postings']} postings and {now['settlings']} records of it"
    is_delivered = now["request"] == "delivered"
    if (now["deliveries"], now["files"]) != (int(is_delivered), len(FILES) * is_delivered):
        yield f"a request that is {now['request']} has {now['deliveries']} deliveries with {now['files']} files"
    if is_settled and not is_delivered and not now["owed"]:
        yield "paid, not delivered, and nothing is owed that would deliver it"
    with Context(SYSTEM, shop.tenant) as ctx:
        if money.drifted_accounts(ctx):
            yield "a balance is not the sum of its entries"
    balances = owner_sql("SELECT sum(balance) FROM ledger_accounts", shop.tenant)
    if balances[0][0]:
        yield f"the ledger is out of balance by {balances[0][0]}"


def in_the_end(shop: Shop, purchase: Purchase) -> Iterator[str]:
    """What is wrong with a purchase that should now be whole."""
    yield from always(shop, purchase)
    now = _state(shop, purchase)
    if (now["request"], now["payment"]) != ("delivered", "settled"):
        yield f"the request is {now['request']}, its payment {now['payment']}"
        return
    yield from _charges(shop, purchase, now)
    booked = dict(owner_sql(BOOKED, shop.tenant, payment=now["payment_id"]))
    parts = {"seller_payable": now["seller_share"], "commission_revenue": now["commission"], "tax_payable": now["tax"]}
    if booked != {**parts, "gateway_clearing": -now["amount"]}:
        yield f"booked {booked} for the parts {parts}"
    invoices = "SELECT kind FROM invoices WHERE payment_id = :payment ORDER BY kind"
    if (kinds := owner_sql(invoices, shop.tenant, payment=now["payment_id"])) != [("commission",), ("sale",)]:
        yield f"invoices {kinds}"
    if now["owed"] or now["failures"]:
        yield f"{now['owed']} reactions are still owed"
    yield from _consent(shop, now)
    yield from _records(shop, purchase, now)
    yield from _delivery(shop, purchase)


def _charges(shop: Shop, purchase: Purchase, now: dict[str, Any]) -> Iterator[str]:
    wanted = [(reference(shop.tenant, now["payment_id"]), now["amount"], 0, "succeeded")]
    theirs = [
        (one["reference"], one["amount"], one["refunded"], one["status"]) for one in shop.at_the_gateway(purchase)
    ]
    if theirs != wanted:
        yield f"the gateway's books hold {theirs}"
    if owner_sql("SELECT FROM discrepancies", shop.tenant):
        yield "a discrepancy was noted"


def _consent(shop: Shop, now: dict[str, Any]) -> Iterator[str]:
    """Still as the person gave it."""
    events = owner_sql(
        "SELECT e.kind, a.state FROM consent_events e JOIN authorisations a ON a.id = e.authorisation_id"
        " WHERE a.id = :consent ORDER BY e.id",
        shop.tenant,
        consent=now["authorisation_id"],
    )
    if events != [("asked", "given"), ("given", "given")]:
        yield f"the consent went through {events}"


def _records(shop: Shop, purchase: Purchase, now: dict[str, Any]) -> Iterator[str]:
    """Every deed was written down once, whatever had to be done again."""
    rows = owner_sql(
        "SELECT operation, count(DISTINCT transaction) FROM records WHERE outcome = 'done' AND subject_id IN"
        " (SELECT id FROM ledger_postings WHERE subject_id = :payment UNION SELECT id FROM health_deliveries"
        " WHERE request_id = :request UNION VALUES (:payment), (:request)) GROUP BY operation",
        shop.tenant,
        payment=now["payment_id"],
        request=purchase.request_id,
    )
    counted = {str(operation): count for operation, count in rows}
    # Pressing again what is under way is a deed of its own, which changes nothing.
    wrong = {name: counted.get(name, 0) for name in ONCE if counted.get(name, 0) != 1 and name != "health_data.pay"}
    if wrong or not counted.get("health_data.pay"):
        yield f"recorded so many times: {counted}"


def _delivery(shop: Shop, purchase: Purchase) -> Iterator[str]:
    """All files are there, and are what the manifest says."""
    files: dict[str, DeliveryFile] = shop.trade.files(shop.trade.request(purchase.request_id))
    if set(files) != FILES:
        yield f"delivered were {sorted(files)}"
        return
    contents = {name: shop.trade.read(file) for name, file in files.items()}
    for described in json.loads(contents["manifest.json"])["files"]:
        if hashlib.sha256(contents[described["name"]]).hexdigest() != described["sha256"]:
            yield f"{described['name']} is not what the manifest says"
    if list((shop.installation.home / "reading").glob("*/*")):
        yield "readable files were left behind"


def _state(shop: Shop, purchase: Purchase) -> dict[str, Any]:
    names = (
        "request", "authorisation_id", "payment_id", "payment", "amount", "seller_share", "commission", "tax",
        "payments", "postings", "deliveries", "files", "settlings", "owed", "failures",
    )  # fmt: skip
    (row,) = owner_sql(STATE, shop.tenant, request=purchase.request_id)
    return dict(zip(names, row, strict=True))
