"""Payment gateways behind one protocol, and the adapters for each."""

from salus.shared.money.gateways.contract import (
    Capability,
    EventType,
    ForgedWebhook,
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
    Payment,
    PaymentGateway,
    PaymentOrder,
    PaymentStatus,
    Payout,
    PayoutOrder,
    PayoutStatus,
    Refund,
    RefundStatus,
    UnknownEvent,
)
from salus.shared.money.gateways.sim import SimGateway

__all__ = [
    "Capability",
    "EventType",
    "ForgedWebhook",
    "GatewayEvent",
    "GatewayRefused",
    "GatewayUnavailable",
    "Payment",
    "PaymentGateway",
    "PaymentOrder",
    "PaymentStatus",
    "Payout",
    "PayoutOrder",
    "PayoutStatus",
    "Refund",
    "RefundStatus",
    "SimGateway",
    "UnknownEvent",
]
