"""A whole trade in the browser: from the export on a phone to the money, the withdrawal and the proof."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from persons import Person
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

TITLE = "Four months of rest"
FROM_DAY, TO_DAY = "2026-04-01", "2026-05-31"
AGREED = {"RestingHeartRate", "SleepAnalysis"}
IDENTIFIERS = (b"Pia", b"HKDevice", b"0x", b"DateOfBirth")
WHY_NOT = "Please say which watch recorded it."


@dataclass
class Trade:
    """Who trades, and what is in whose hands by now."""

    pia: Person
    bruno: Person
    ada: Person
    export: Path
    files: dict[str, bytes] = field(default_factory=dict)

    def pia_brings_in_her_data(self) -> None:
        pia = self.pia
        pia.signs_up_to_sell()
        pia.follows_the_letter()
        pia.signs_in()
        pia.sees("Good to see you, Pia", "Your first sale")
        pia.follows("Bring in your data")
        pia.brings_in(self.export)
        pia.sees("All of it is read")
        pia.examine()
        pia.follows("See what was found")
        pia.sees("Resting heart rate", "Sleep", "Pia’s Apple Watch")

    def pia_sees_exactly_what_would_leave(self) -> None:
        pia = self.pia
        pia.turns_on("Resting heart rate", "Sleep")
        pia.follows("Resting heart rate")
        pia.sees("Exactly what would leave")
        rows = pia.main.get_by_role("region", name=re.compile("The first 20 of"))
        expect(rows.get_by_role("row")).to_have_count(21)
        expect(rows).not_to_contain_text("Pia")

    def pia_describes_a_data_set(self) -> None:
        pia = self.pia
        pia.goes_to("/data")
        pia.follows("Offer a data set")
        pia.fills(title=TITLE, description="Worn day and night.", price="42.00", from_day=FROM_DAY, to_day=TO_DAY)
        pia.presses("Save as a draft")
        pia.sees("Waiting for your approval")

    def ada_approves_the_seller_and_the_organisation(self) -> None:
        self.bruno.signs_up_to_buy("Helix Research")
        self.bruno.follows_the_letter()
        self.ada.approves_everybody()

    def ada_sends_the_offer_back_once(self) -> None:
        pia, ada = self.pia, self.ada
        pia.page.reload()
        pia.presses("Hand in for review")
        ada.opens("Offers to review")
        ada.follows(TITLE)
        ada.fills(reason=WHY_NOT)
        ada.presses("Send it back")
        pia.goes_to("/offers")
        pia.follows(TITLE)
        pia.sees("Sent back by the administrator", WHY_NOT)
        pia.follows("Change")
        pia.fills(description="Worn day and night: an Apple Watch.")
        pia.presses("Save as a draft")
        pia.presses("Hand in for review")
        ada.opens("Offers to review")
        ada.follows(TITLE)
        ada.presses("Approve and publish")

    def bruno_finds_it_and_asks(self) -> None:
        bruno = self.bruno
        bruno.signs_in_and_sets_up_an_app()
        bruno.opens("Market")
        bruno.main.get_by_role("searchbox").fill("rest")
        bruno.main.get_by_role("checkbox", name=re.compile("^Sleep")).first.check()
        bruno.page.wait_for_url(re.compile("words=rest&.*f="))
        bruno.sees("1 data set")
        bruno.follows(TITLE)
        bruno.sees("You may use the data for health and medicine", "No row of the person was read for it")
        expect(bruno.main.locator(".plot canvas")).to_be_visible()
        bruno.follows("Ask to buy")
        bruno.main.get_by_role("radio", name=re.compile("Scientific research")).check()
        bruno.fills(purpose_words="How rest changes from spring to summer.")
        bruno.presses("Ask")
        bruno.sees("Waiting for the person")

    def pia_agrees_by_name(self) -> None:
        pia = self.pia
        pia.opens("Overview")
        pia.sees(f"Helix Research asks for “{TITLE}”")
        pia.follows("Read and decide")
        pia.sees("Scientific research", "How rest changes from spring to summer.")
        pia.follows("Read and decide")
        pia.sees("Helix Research asks to buy health data about you.", "Resting heart rate")
        pia.fills(signature="Pia Lindqvist")
        pia.main.get_by_label("I have read the text above").check()
        pia.presses("Agree")
        assert pia.downloads(pia.main.get_by_role("link", name="PDF")).startswith(b"%PDF")
        receipt = json.loads(pia.downloads(pia.main.get_by_role("link", name="JSON")))
        assert "Helix Research" in json.dumps(receipt)

    def bruno_pays(self) -> None:
        bruno = self.bruno
        bruno.waits_for(bruno.main.get_by_role("button", name="Pay €42.00"))
        bruno.examine()
        receipt = bruno.downloads(bruno.main.get_by_role("link", name="Consent receipt"))
        assert receipt.startswith(b"%PDF")
        assert b"Lindqvist" not in receipt
        bruno.presses("Pay €42.00")
        bruno.follows("Pay €42.00")
        bruno.sees("Choose a test card")
        bruno.presses("Pay €42.00")
        bruno.sees("The invoice is among your invoices.")
        bruno.opens("Invoices")
        bill = bruno.main.get_by_role("link", name=re.compile("PDF"))
        bruno.waits_for(bill)
        assert bruno.downloads(bill).startswith(b"%PDF")

    def bruno_reads_what_was_agreed(self) -> None:
        bruno = self.bruno
        bruno.opens("Library")
        bruno.waits_for(bruno.main.get_by_role("row").filter(has_text="Ready"))
        bruno.follows(TITLE)
        for row in bruno.main.get_by_role("row").filter(has=bruno.page.get_by_role("link")).all():
            name = row.get_by_role("rowheader").inner_text().strip()
            self.files[name] = bruno.downloads(row.get_by_role("link"))

    def pia_sees_the_money_and_who_read(self) -> None:
        pia = self.pia
        pia.opens("Overview")
        pia.sees("Earned", "€42.00", "What you allow now")
        pia.opens("Who looked")
        pia.sees("Bruno Hansen for Helix Research read a file of yours.")
        pia.opens("Earnings")
        pia.fills(holder="Pia Lindqvist", iban="FI21 1234 5600 0007 85")
        pia.presses("Save account")
        pia.sees("Set up a second factor first")
        pia.sets_up_an_app()
        pia.fills(holder="Pia Lindqvist", iban="FI21 1234 5600 0007 85")
        pia.presses("Save account")
        pia.presses("Request payout")
        pia.is_told("Your payout is requested")

    def ada_pays_out_and_checks_the_records(self) -> None:
        ada = self.ada
        ada.opens("Payouts")
        ada.main.get_by_role("row").filter(has_text="Requested").get_by_role("link").first.click()
        ada.presses("Approve")
        ada.opens("Records")
        ada.main.get_by_text("Filter", exact=True).click()
        ada.fills(operation="health_data.download")
        ada.presses("Show")
        expect(ada.main.get_by_role("row").filter(has_text="Bruno H.")).to_have_count(len(self.files))
        ada.follows("Is the log whole?")
        ada.presses("Verify now")
        ada.sees("The log is whole")

    def pia_withdraws(self) -> None:
        pia = self.pia
        pia.opens("Consents")
        pia.presses("Withdraw")
        pia.sees("You withdrew")

    def bruno_can_read_no_more(self) -> None:
        bruno = self.bruno
        bruno.waits_for(bruno.main.get_by_text("Downloads have stopped"))
        bruno.examine()
        assert not bruno.main.get_by_role("link", name=re.compile("^Download")).count()
        bruno.goes_to("/notices")
        bruno.sees("A person withdrew their consent")


def test_a_trade_goes_from_the_phone_to_the_account_and_ends_when_pia_says_so(
    meet: Callable[..., Person], ada: Person, export: Path
) -> None:
    trade = Trade(meet("Pia Lindqvist"), meet("Bruno Hansen"), ada, export)
    trade.pia_brings_in_her_data()
    trade.pia_sees_exactly_what_would_leave()
    trade.pia_describes_a_data_set()
    trade.ada_approves_the_seller_and_the_organisation()
    trade.ada_sends_the_offer_back_once()
    trade.bruno_finds_it_and_asks()
    trade.pia_agrees_by_name()
    trade.bruno_pays()
    trade.bruno_reads_what_was_agreed()
    file = trade.bruno.main.get_by_role("row").last.get_by_role("link").get_attribute("href")
    trade.pia_sees_the_money_and_who_read()
    trade.ada_pays_out_and_checks_the_records()
    trade.pia_withdraws()
    trade.bruno_can_read_no_more()

    assert {name for name in trade.files if "." in name} == {"LICENCE.txt", "manifest.json"} | {
        f"{each}.{form}" for each in AGREED for form in ("csv", "parquet")
    }
    for each in AGREED:
        table = pq.read_table(pa.BufferReader(trade.files[f"{each}.parquet"]))
        days = sorted(str(at)[:10] for at in table["start"].to_pylist())
        assert table.num_rows > 0
        assert (days[0], days[-1]) >= (FROM_DAY, FROM_DAY)
        assert days[-1] <= TO_DAY
        rows = list(csv.reader(io.StringIO(trade.files[f"{each}.csv"].decode())))
        assert len(rows) == table.num_rows + 1
    assert not [
        name
        for name, content in trade.files.items()
        for mark in IDENTIFIERS
        if mark in content and name != "LICENCE.txt"
    ]
    assert trade.bruno.context.request.get(f"{trade.bruno.house.url}{file}").status in {403, 404, 409, 410}
