"""What this process knows of services that are nobody's in particular is kept for the page that shows them."""

from salus.kernel import services
from salus.kernel.breaker import readings
from salus.kernel.context import Context
from salus.kernel.records import every

TITLES = {"payments": "Payment gateway", "mail": "Mail server", "sign-in": "Sign-in"}
"""What services of the whole installation are called, by the beginning of their breaker's name; the rest is where."""


@every(seconds=10)
def note_services(ctx: Context) -> None:
    """Keep how the services of the whole installation are, where that has changed. Insurers are noted at each call."""
    for reading in readings():
        kind, _, place = reading.name.partition(":")
        if kind in TITLES:
            services.note(ctx, reading, f"{TITLES[kind]}, {place}")
