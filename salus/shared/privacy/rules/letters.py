"""The words of the readable page in a copy."""

from salus.kernel.db import Table

LEAD = (
    "This is a copy of everything that {operator} keeps about you, as the law gives it to you "
    "(GDPR articles 15 and 20). Keep it as safe as your health data: whoever opens it reads everything."
)
SOURCES = (
    "From you: your name and address, when you signed up; your health data, from the exports you brought in; "
    "why you see a doctor, and how you are insured; your bank account, if you asked to be paid.",
    "From Salus: when you signed in and from which kind of device; what was done with your data, by whom and when.",
    "From doctors: what they noted of your visits, and what they wrote in your clinical record.",
    "From your insurer: whether it covers a visit that you booked.",
    "From buyers: what they asked you for, and what they wrote about why.",
    "From the payment gateway: whether a payment or a payout went through.",
    "Nothing is bought from others, and nothing is decided about you by a machine alone.",
)


def explained(table: type[Table]) -> str:
    """What a table holds, and why it would outlive an erasure, if it does."""
    kept = f" Stays after an erasure. {table.kept_because}" if table.kept_because else ""
    return f"{table.called}.{kept}"
