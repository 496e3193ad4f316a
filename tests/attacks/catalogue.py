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
    Attack("SQL in questions", ("tests/attacks/test_injection.py",)),
    Attack("Markup and scripts in every field (XSS)", ("tests/attacks/test_planted.py",)),
    Attack("Words of a person in logs, addresses, letters and plain columns", ("tests/attacks/test_planted.py",)),
    Attack("Formulas in tables", ("tests/attacks/test_planted.py",)),
    Attack("Tokens at the wrong door", ("tests/attacks/test_tokens.py",)),
    Attack(
        "Tokens of programs that are confused, altered or stolen",
        (
            "tests/shared/oauth/test_confusion.py",
            "tests/shared/oauth/test_refreshing.py",
            "tests/shared/api_keys/test_key_doors.py",
        ),
    ),
    Attack("Answers that no honest provider of sign-ins gives", ("tests/shared/federation/test_forged_answers.py",)),
    Attack(
        "Guessing passwords and codes",
        (
            "tests/shared/people/test_signing_in.py",
            "tests/shared/people/test_second_factor.py",
            "tests/shared/people/test_recovery_codes.py",
            "checks/brute_force.py",
        ),
    ),
    Attack(
        "Finding out who has an account, by words and by time",
        (
            "tests/shared/people/test_front_door.py",
            "tests/attacks/test_enumeration.py",
            "checks/enumeration.py",
        ),
    ),
    Attack(
        "Second factors, keys and recovery codes used again",
        (
            "tests/shared/people/test_second_factor.py",
            "tests/shared/people/test_security_keys.py",
            "tests/shared/people/test_recovery_codes.py",
        ),
    ),
    Attack("Requests that are to reach inside (SSRF)", ("tests/kernel/test_outbound.py",)),
    Attack(
        "Slow, large and deep requests",
        (
            "tests/web/test_deadlines.py",
            "tests/web/test_doors.py",
            "checks/slow_loris.py",
        ),
    ),
    Attack("Open redirects, forged hosts, header injection, caches", ("tests/attacks/test_elsewhere.py",)),
    Attack("Anything else that an API may be sent", ("tests/api/test_contract.py",)),
    Attack("XML and zip bombs", ("tests/formats/apple_health/test_refusals.py",)),
    Attack("Forged, late and repeated webhooks", ("tests/shared/money/test_payments.py", "tests/sim/test_webhooks.py")),
    Attack("A record changed afterwards", ("tests/shared/records/test_verification.py",)),
    Attack("Secrets in files", ("tests/architecture/test_secrets.py",)),
)
