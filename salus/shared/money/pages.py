"""Where sellers see what they earned, buyers what they paid, and administrators that it all adds up."""

from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.formats.invoice import invoice_pdf
from salus.kernel.actor import Role
from salus.kernel.fields import Money
from salus.shared.money import actions, queries
from salus.shared.money.models import RefundReason, TaxBase
from salus.shared.money.rules import INVOICE_WORDS, MINIMUM_PAYOUT, figures, masked, pays, plain, shown_split
from salus.shared.money.schemas import (
    CommissionForm,
    PayoutAccountWrite,
    PayoutForm,
    RefundForm,
    Rejection,
    Resolution,
    TaxForm,
)
from salus.web.doors import CurrentContext, Page, Pages, download, go

pages = Pages()
pages.menu("Earnings", "/earnings", roles={Role.SELLER}, place=50, also=("/payouts",))
pages.menu("Invoices", "/invoices", roles={Role.BUYER, Role.SELLER}, place=55, also=("/payments",))
pages.menu("Payouts", "/payouts", roles={Role.ADMINISTRATOR}, place=50)
pages.menu("Ledger", "/ledger", roles={Role.ADMINISTRATOR}, place=55, also=("/payments",))
pages.menu("Settings", "/settings/commission", roles={Role.ADMINISTRATOR}, place=90)


@pages.get("/earnings", operation=queries.earnings)
def earnings(ctx: CurrentContext) -> Page:
    return Page(
        "money/earnings.html",
        earnings=queries.earnings(ctx),
        months=queries.earnings_by_month(ctx),
        statement=queries.statement(ctx),
        payouts=queries.payouts(ctx),
        account=queries.payout_account(ctx),
        minimum=MINIMUM_PAYOUT,
        masked=masked,
        plain=plain,
        figures=figures,
    )


@pages.post("/earnings/payouts", operation=actions.request_payout, again=earnings)
def request_payout(ctx: CurrentContext, wanted: Annotated[PayoutForm, Form()]) -> Response:
    actions.request_payout(ctx, wanted.price)
    return go("/earnings", said="Your payout is requested. You hear from us once it is on its way.")


@pages.post("/earnings/account", operation=actions.set_payout_account, again=earnings)
def set_payout_account(ctx: CurrentContext, account: Annotated[PayoutAccountWrite, Form()]) -> Response:
    actions.set_payout_account(ctx, holder=account.holder, account=account.iban)
    return go("/earnings", said="We keep your bank account, encrypted, for your next payout.")


@pages.get("/payments", operation=queries.payments)
def payments(ctx: CurrentContext) -> Page:
    return Page("money/payments.html", payments=queries.payments(ctx))


@pages.get("/payments/{payment_id}", operation=queries.payment)
def payment(ctx: CurrentContext, payment_id: UUID) -> Page:
    found = queries.payment(ctx, payment_id)
    return Page(
        "money/payment.html",
        payment=found,
        pays=pays(ctx.actor, found),
        is_payee=ctx.actor.id == found.payee_id,
        may_refund=ctx.actor.has(Role.ADMINISTRATOR),
        reasons=[(reason, reason.replace("_", " ").capitalize()) for reason in RefundReason],
        tax=Money(found.sale_tax, found.currency),
        split=shown_split(found),
    )


@pages.post("/payments/{payment_id}/refund", operation=actions.refund, again=payment)
def refund(ctx: CurrentContext, payment_id: UUID, wanted: Annotated[RefundForm, Form()]) -> Response:
    actions.refund(ctx, queries.payment(ctx, payment_id), because=wanted.because)
    return go(f"/payments/{payment_id}", said="All that was left of this payment is on its way back to the buyer.")


@pages.get("/invoices", operation=queries.invoices)
def invoices(ctx: CurrentContext) -> Page:
    return Page(
        "money/invoices.html",
        invoices=queries.invoices(ctx),
        words=INVOICE_WORDS,
        is_buyer=ctx.actor.has(Role.BUYER),
    )


@pages.get("/invoices/{invoice_id}.pdf", operation=queries.invoice_document)
def invoice_document(ctx: CurrentContext, invoice_id: UUID) -> Response:
    printed = queries.invoice_document(ctx, invoice_id)
    return download(invoice_pdf(printed), name=f"{printed.number}.pdf", media_type="application/pdf")


@pages.get("/payouts", operation=queries.payout_queue)
def payouts(ctx: CurrentContext) -> Page:
    return Page("money/payouts.html", payouts=queries.payout_queue(ctx), masked=masked)


@pages.get("/payouts/{payout_id}", operation=queries.payout)
def payout(ctx: CurrentContext, payout_id: UUID) -> Page:
    may_decide = ctx.actor.has(Role.ADMINISTRATOR)
    back = ("Payouts", "/payouts") if may_decide else ("Earnings", "/earnings")
    found = queries.payout(ctx, payout_id)
    return Page("money/payout.html", payout=found, masked=masked, may_decide=may_decide, back=back)


@pages.post("/payouts/{payout_id}/approve", operation=actions.approve_payout, again=payout)
def approve_payout(ctx: CurrentContext, payout_id: UUID) -> Response:
    actions.approve_payout(ctx, queries.payout(ctx, payout_id))
    return go("/payouts", said="Approved. The payment service is told now.")


@pages.post("/payouts/{payout_id}/reject", operation=actions.reject_payout, again=payout)
def reject_payout(ctx: CurrentContext, payout_id: UUID, rejection: Annotated[Rejection, Form()]) -> Response:
    actions.reject_payout(ctx, queries.payout(ctx, payout_id), because=rejection.because)
    return go("/payouts", said="Rejected. The money is on the seller's balance again.")


@pages.get("/settings/commission", operation=queries.commission_rules)
def commission(ctx: CurrentContext) -> Page:
    return Page(
        "money/commission.html",
        rules=queries.commission_rules(ctx),
        taxes=queries.tax_rules(ctx),
        bases=[(base, base.capitalize()) for base in TaxBase],
        least=lambda rule: Money(rule.minimum, rule.currency),
    )


@pages.post("/settings/commission", operation=actions.set_commission, again=commission)
def set_commission(ctx: CurrentContext, rule: Annotated[CommissionForm, Form()]) -> Response:
    actions.set_commission(ctx, **rule.model_dump())
    return go("/settings/commission", said="The rule counts for sales from now on.")


@pages.post("/settings/commission/{rule_id}/retire", operation=actions.retire_commission, again=commission)
def retire_commission(ctx: CurrentContext, rule_id: UUID) -> Response:
    actions.retire_commission(ctx, queries.commission_rule(ctx, rule_id))
    return go("/settings/commission", said="The rule is retired. Sales made under it keep their terms.")


@pages.post("/settings/taxes", operation=actions.set_tax, again=commission)
def set_tax(ctx: CurrentContext, rule: Annotated[TaxForm, Form()]) -> Response:
    actions.set_tax(ctx, **rule.model_dump())
    return go("/settings/commission", said="The tax counts for sales from now on.")


@pages.post("/settings/taxes/{rule_id}/retire", operation=actions.retire_tax, again=commission)
def retire_tax(ctx: CurrentContext, rule_id: UUID) -> Response:
    actions.retire_tax(ctx, queries.tax_rule(ctx, rule_id))
    return go("/settings/commission", said="The tax is retired. Sales made under it keep their terms.")


@pages.get("/ledger", operation=queries.trial_balance)
def ledger(ctx: CurrentContext) -> Page:
    return Page(
        "money/ledger.html",
        trial=queries.trial_balance(ctx),
        discrepancies=queries.discrepancies(ctx),
        payments=queries.latest_payments(ctx),
        amount=Money,
    )


@pages.post("/ledger/discrepancies/{discrepancy_id}/resolve", operation=actions.resolve_discrepancy, again=ledger)
def resolve_discrepancy(
    ctx: CurrentContext, discrepancy_id: UUID, resolution: Annotated[Resolution, Form()]
) -> Response:
    actions.resolve_discrepancy(ctx, queries.discrepancy(ctx, discrepancy_id), because=resolution.because)
    return go("/ledger", said="Noted as cleared up.")
