"""Money as JSON."""

from uuid import UUID

from starlette.responses import Response

from salus.formats.invoice import invoice_pdf
from salus.shared.money import actions, queries
from salus.shared.money.models import CommissionRule, Discrepancy, Invoice, Payment, Payout, Refund, TaxRule
from salus.shared.money.queries import Earnings, Month, StatementLine, TrialBalance
from salus.shared.money.rules import masked
from salus.shared.money.schemas import (
    CommissionRead,
    CommissionWrite,
    DiscrepancyRead,
    EarningsRead,
    InvoiceRead,
    MonthRead,
    PaymentRead,
    PayoutAccountRead,
    PayoutAccountWrite,
    PayoutRead,
    PayoutWrite,
    RefundRead,
    RefundWrite,
    Rejection,
    Resolution,
    StatementRead,
    TaxRead,
    TaxWrite,
    TrialBalanceRead,
)
from salus.web.doors import Api, CurrentContext, Headers, RawBody, download

api = Api("", tag="money")


@api.post("/webhooks/sim", operation=actions.receive)
def receive(ctx: CurrentContext, body: RawBody, headers: Headers) -> None:
    actions.receive(ctx, body, headers)


@api.get("/payments", operation=queries.payments, answer=list[PaymentRead])
def payments(ctx: CurrentContext) -> list[Payment]:
    return queries.payments(ctx)


@api.get("/payments/latest", operation=queries.latest_payments, answer=list[PaymentRead])
def latest_payments(ctx: CurrentContext) -> list[PaymentRead]:
    return [PaymentRead.seen_by(ctx.actor, payment) for payment in queries.latest_payments(ctx)]


@api.get("/payments/{payment_id}", operation=queries.payment, answer=PaymentRead)
def payment(ctx: CurrentContext, payment_id: UUID) -> PaymentRead:
    return PaymentRead.seen_by(ctx.actor, queries.payment(ctx, payment_id))


@api.get("/payments/{payment_id}/refunds", operation=queries.refunds, answer=list[RefundRead])
def refunds(ctx: CurrentContext, payment_id: UUID) -> list[Refund]:
    return queries.refunds(ctx, queries.payment(ctx, payment_id))


@api.post("/payments/{payment_id}/refunds", operation=actions.refund, answer=RefundRead, status=201)
def refund(ctx: CurrentContext, payment_id: UUID, wanted: RefundWrite) -> Refund:
    payment = queries.payment(ctx, payment_id)
    return actions.refund(ctx, payment, because=wanted.because, amount=wanted.of(payment.currency))


@api.get("/earnings", operation=queries.earnings, answer=list[EarningsRead])
def earnings(ctx: CurrentContext) -> list[Earnings]:
    return queries.earnings(ctx)


@api.get("/earnings/months", operation=queries.earnings_by_month, answer=list[MonthRead])
def earnings_by_month(ctx: CurrentContext) -> list[Month]:
    return queries.earnings_by_month(ctx)


@api.get("/earnings/statement", operation=queries.statement, answer=list[StatementRead])
def statement(ctx: CurrentContext) -> list[StatementLine]:
    return queries.statement(ctx)


@api.get("/payout-account", operation=queries.payout_account, answer=PayoutAccountRead | None)
def payout_account(ctx: CurrentContext) -> PayoutAccountRead | None:
    kept = queries.payout_account(ctx)
    return PayoutAccountRead(holder=kept.holder, iban=masked(kept.iban)) if kept else None


@api.put("/payout-account", operation=actions.set_payout_account, answer=PayoutAccountRead)
def set_payout_account(ctx: CurrentContext, account: PayoutAccountWrite) -> PayoutAccountRead:
    kept = actions.set_payout_account(ctx, holder=account.holder, account=account.iban)
    return PayoutAccountRead(holder=account.holder, iban=masked(kept.iban))


@api.get("/payouts", operation=queries.payouts, answer=list[PayoutRead])
def payouts(ctx: CurrentContext) -> list[Payout]:
    return queries.payouts(ctx)


@api.post("/payouts", operation=actions.request_payout, answer=PayoutRead, status=201)
def request_payout(ctx: CurrentContext, wanted: PayoutWrite) -> Payout:
    return actions.request_payout(ctx, wanted.price)


@api.get("/payouts/queue", operation=queries.payout_queue, answer=list[PayoutRead])
def payout_queue(ctx: CurrentContext) -> list[Payout]:
    return queries.payout_queue(ctx)


@api.get("/payouts/{payout_id}", operation=queries.payout, answer=PayoutRead)
def payout(ctx: CurrentContext, payout_id: UUID) -> Payout:
    return queries.payout(ctx, payout_id)


@api.post("/payouts/{payout_id}/approval", operation=actions.approve_payout, answer=PayoutRead)
def approve_payout(ctx: CurrentContext, payout_id: UUID) -> Payout:
    return actions.approve_payout(ctx, queries.payout(ctx, payout_id))


@api.post("/payouts/{payout_id}/rejection", operation=actions.reject_payout, answer=PayoutRead)
def reject_payout(ctx: CurrentContext, payout_id: UUID, rejection: Rejection) -> Payout:
    return actions.reject_payout(ctx, queries.payout(ctx, payout_id), because=rejection.because)


@api.get("/invoices", operation=queries.invoices, answer=list[InvoiceRead])
def invoices(ctx: CurrentContext) -> list[Invoice]:
    return queries.invoices(ctx)


@api.get("/invoices/{invoice_id}", operation=queries.invoice, answer=InvoiceRead)
def invoice(ctx: CurrentContext, invoice_id: UUID) -> Invoice:
    return queries.invoice(ctx, invoice_id)


@api.get("/invoices/{invoice_id}/pdf", operation=queries.invoice_document, produces="application/pdf")
def invoice_document(ctx: CurrentContext, invoice_id: UUID) -> Response:
    printed = queries.invoice_document(ctx, invoice_id)
    return download(invoice_pdf(printed), name=f"{printed.number}.pdf", media_type="application/pdf")


@api.get("/commission-rules", operation=queries.commission_rules, answer=list[CommissionRead])
def commission_rules(ctx: CurrentContext) -> list[CommissionRule]:
    return queries.commission_rules(ctx)


@api.post("/commission-rules", operation=actions.set_commission, answer=CommissionRead, status=201)
def set_commission(ctx: CurrentContext, rule: CommissionWrite) -> CommissionRule:
    return actions.set_commission(ctx, **rule.model_dump())


@api.post("/commission-rules/{rule_id}/retirement", operation=actions.retire_commission, answer=CommissionRead)
def retire_commission(ctx: CurrentContext, rule_id: UUID) -> CommissionRule:
    return actions.retire_commission(ctx, queries.commission_rule(ctx, rule_id))


@api.get("/tax-rules", operation=queries.tax_rules, answer=list[TaxRead])
def tax_rules(ctx: CurrentContext) -> list[TaxRule]:
    return queries.tax_rules(ctx)


@api.post("/tax-rules", operation=actions.set_tax, answer=TaxRead, status=201)
def set_tax(ctx: CurrentContext, rule: TaxWrite) -> TaxRule:
    return actions.set_tax(ctx, **rule.model_dump())


@api.post("/tax-rules/{rule_id}/retirement", operation=actions.retire_tax, answer=TaxRead)
def retire_tax(ctx: CurrentContext, rule_id: UUID) -> TaxRule:
    return actions.retire_tax(ctx, queries.tax_rule(ctx, rule_id))


@api.get("/ledger/trial-balance", operation=queries.trial_balance, answer=TrialBalanceRead)
def trial_balance(ctx: CurrentContext) -> TrialBalance:
    return queries.trial_balance(ctx)


@api.get("/ledger/discrepancies", operation=queries.discrepancies, answer=list[DiscrepancyRead])
def discrepancies(ctx: CurrentContext) -> list[Discrepancy]:
    return queries.discrepancies(ctx)


@api.post(
    "/ledger/discrepancies/{discrepancy_id}/resolution",
    operation=actions.resolve_discrepancy,
    answer=DiscrepancyRead,
    status=201,
)
def resolve_discrepancy(ctx: CurrentContext, discrepancy_id: UUID, resolution: Resolution) -> Discrepancy:
    found = queries.discrepancy(ctx, discrepancy_id)
    return actions.resolve_discrepancy(ctx, found, because=resolution.because)
