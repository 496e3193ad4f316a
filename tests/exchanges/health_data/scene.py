"""A trade, step by step, by the actions that people use in the browser."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from uuid import UUID

from salus.exchanges.health_data.actions import deliveries as delivery_actions
from salus.exchanges.health_data.actions import imports as import_actions
from salus.exchanges.health_data.actions import offers as offer_actions
from salus.exchanges.health_data.actions import requests as request_actions
from salus.exchanges.health_data.models import Delivery, DeliveryFile, Import, Offer, Request
from salus.exchanges.health_data.queries import deliveries, imports, offers, requests
from salus.exchanges.health_data.schemas import Ask, NewOffer
from salus.formats.apple_health.generate import synthetic_export
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.shared.codes.rules import Purpose
from salus.shared.consent import actions as consent_actions
from salus.shared.consent import queries as consents
from salus.shared.money import queries as money
from salus.worker import settle_everything
from tests.shared.money.till import Till

STEPS = "HKQuantityTypeIdentifierStepCount"
HEART = "HKQuantityTypeIdentifierHeartRate"
DAYS = 60


def export(folder: Path, *, owner: str = "Pia", days: int = DAYS) -> bytes:
    """What the Health app would have made on the person's phone."""
    path = folder / f"{owner}.zip"
    if not path.exists():
        synthetic_export(path, seed=7, days=days, owner=owner)
    return path.read_bytes()


@dataclass
class Trade:
    """A trade in one tenant, and who takes part in it."""

    tenant: UUID
    seller: Actor
    buyer: Actor
    administrator: Actor
    folder: Path

    def bring_in(self, content: bytes | None = None, *, name: str = "export.zip") -> Import:
        """The seller brings an export in, and it is read."""
        with Context(self.seller, self.tenant) as ctx:
            arrived = import_actions.bring_in(ctx, BytesIO(content or export(self.folder)), name=name)
        return self.finished(arrived)

    def finished(self, arrived: Import) -> Import:
        """What became of an export, once all that was owed is done."""
        settle_everything()
        with Context(self.seller, self.tenant) as ctx:
            return imports.arrived(ctx, arrived.id)

    def switch_on(self, *codes: str) -> None:
        with Context(self.seller, self.tenant) as ctx:
            for series in imports.my_series(ctx):
                if series.code in codes:
                    import_actions.switch(ctx, series, on=True)

    def described(self, **changes: object) -> NewOffer:
        return NewOffer.model_validate(
            {
                "title": "Steps and heart rate, two months",
                "description": "Recorded day and night with a watch and a phone.",
                "codes": [STEPS, HEART],
                "from_day": date(2026, 5, 10),
                "to_day": date(2026, 6, 10),
                "price": Decimal("42.00"),
                "permission": "HMB",
                "modifiers": ["NPOA"],
            }
            | changes
        )

    def published(self, **changes: object) -> Offer:
        """Brought in, switched on, described, handed in and approved."""
        self.bring_in()
        self.switch_on(STEPS, HEART)
        return self.offered(**changes)

    def offered(self, **changes: object) -> Offer:
        with Context(self.seller, self.tenant) as ctx:
            offer = offer_actions.submit(ctx, offer_actions.draft(ctx, self.described(**changes)))
        with Context(self.administrator, self.tenant) as ctx:
            return offer_actions.publish(ctx, offers.reviewed_offer(ctx, offer.id))

    def asked(self, offer: Offer, *, buyer: Actor | None = None, **changes: object) -> Request:
        wish = {"purpose": Purpose.RESEARCH, "purpose_words": "How steps and heart rate go together."} | changes
        with Context(buyer or self.buyer, self.tenant) as ctx:
            return request_actions.ask(ctx, offer.id, Ask.model_validate(wish))

    def agreed(self, request: Request, *, name: str = "Pia") -> Request:
        """The seller reads the text, signs it, and Salus notes it."""
        with Context(self.seller, self.tenant) as ctx:
            text = consents.consent(ctx, request.authorisation_id)
            consent_actions.give(ctx, text, text_sha256=text.text_sha256, signature=name, agreed=True)
        settle_everything()
        return self.request(request.id)

    def withdrawn(self, request: Request) -> Request:
        with Context(self.seller, self.tenant) as ctx:
            consent_actions.withdraw(ctx, consents.consent(ctx, request.authorisation_id))
        settle_everything()
        return self.request(request.id)

    def pay(self, request: Request, till: Till, *, card: str = "4242424242424242") -> Request:
        """The buyer pays on the gateway's page, and the gateway's webhook comes."""
        with Context(self.buyer, self.tenant) as ctx:
            paying = request_actions.pay(ctx, requests.request(ctx, request.id))
        settle_everything()
        with Context(self.buyer, self.tenant) as ctx:
            payment = money.payment(ctx, paying.payment_id)
        till.pay(payment, card)
        till.hear()
        settle_everything()
        return self.request(request.id)

    def delivered(self, till: Till, **changes: object) -> Request:
        """The whole trade, from the export to the delivery."""
        return self.pay(self.agreed(self.asked(self.published(**changes))), till)

    def request(self, request_id: UUID) -> Request:
        with Context(self.seller, self.tenant) as ctx:
            return requests.request(ctx, request_id)

    def delivery(self, request: Request) -> Delivery:
        with Context(self.buyer, self.tenant) as ctx:
            found = deliveries.delivery_for(ctx, request.id)
        assert found is not None
        return found

    def files(self, request: Request) -> dict[str, DeliveryFile]:
        with Context(self.buyer, self.tenant) as ctx:
            found = deliveries.delivery_files(ctx, self.delivery(request))
        return {file.name: file for file in found}

    def read(self, file: DeliveryFile, *, reader: Actor | None = None) -> bytes:
        with Context(reader or self.buyer, self.tenant) as ctx:
            reading = delivery_actions.download(ctx, deliveries.delivery_file(ctx, file.id))
        return b"".join(reading.pieces)
