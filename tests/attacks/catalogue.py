"""Every attack on Salus, and where it is tried: the one place to look for what was thought of and what was not."""

from typing import NamedTuple


class Attack(NamedTuple):
    name: str
    tests: tuple[str, ...]


ATTACKS = (
    Attack("Doors without a guard", ("tests/architecture/test_routes.py",)),
    Attack(
        "Things of somebody else's, at any door",
        ("tests/strangers/test_at_doors.py", "tests/attacks/test_ids.py"),
    ),
    Attack("Operations past all doors", ("tests/strangers/test_past_doors.py",)),
    Attack("Rows of another tenant, with planted leaks", ("tests/architecture/test_tenancy.py",)),
    Attack("Fields that a form does not have", ("tests/attacks/test_mass_assignment.py",)),
    Attack("Session fixation", ("tests/attacks/test_fixation.py", "tests/shared/people/test_sessions.py")),
    Attack("Requests forged by a foreign page", ("tests/attacks/test_forgery.py",)),
    Attack("Tokens at the wrong door", ("tests/attacks/test_tokens.py",)),
    Attack("Guessing passwords and codes", ("tests/shared/people/test_signing_in.py",)),
    Attack("Second factors used again", ("tests/shared/people/test_second_factor.py",)),
    Attack("Open redirects, forged hosts, header injection, caches", ("tests/attacks/test_elsewhere.py",)),
    Attack("Anything else that an API may be sent", ("tests/api/test_contract.py",)),
    Attack("XML and zip bombs", ("tests/formats/apple_health/test_refusals.py",)),
    Attack("Forged, late and repeated webhooks", ("tests/shared/money/test_payments.py", "tests/sim/test_webhooks.py")),
    Attack("A record changed afterwards", ("tests/shared/records/test_verification.py",)),
    Attack("Secrets in files", ("tests/architecture/test_sources.py",)),
)
