"""The rules that every tenant begins with."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import time
from typing import Any

from salus.shared.security.models.events import Counted, GroupedBy, Response, Severity

MINUTES, HOURS = 60, 3600

SIGN_INS = ("people.sign_in", "people.sign_in_with_passkey")
SECOND_FACTORS = ("people.confirm_totp", "people.confirm_key", "people.use_recovery_code")
HEALTH_READS = ("health_data.open_health_data", "health_data.download", "health_data.preview")
"""What shows health data to somebody."""
EXPORTS = ("records.export", "security.export_people")
"""What takes lists that name people out of Salus."""


@dataclass(frozen=True)
class Default:
    """What a rule looks at, which is Salus's, and the numbers a tenant begins with."""

    code: str
    title: str
    description: str
    grouped_by: GroupedBy
    threshold: int
    window_s: int
    severity: Severity
    response: Response
    operations: tuple[str, ...] = ()
    outcome: str | None = "done"
    facts: Mapping[str, Any] = field(default_factory=dict)
    counts: Counted = Counted.RECORDS
    quiet_from: time | None = None
    quiet_until: time | None = None

    def looks_at(self) -> dict[str, Any]:
        """What a new version of Salus may change in a tenant's rule."""
        whole = asdict(self)
        kept = ("title", "description", "operations", "outcome", "facts", "grouped_by", "counts")
        return {name: list(whole[name]) if name == "operations" else whole[name] for name in kept}

    def numbers(self) -> dict[str, Any]:
        """What the tenant may tune."""
        whole = asdict(self)
        tuned = ("threshold", "window_s", "severity", "response", "quiet_from", "quiet_until")
        return {name: whole[name] for name in tuned}


DEFAULTS = (
    Default(
        code="sign-in-account",
        title="Many failed sign-ins to one account",
        description=(
            "Somebody tries passwords for one account, or its owner forgot theirs. Sign-in is slowed down by itself. "
            "Look whether a sign-in succeeded afterwards; if so, lock the account and ask its owner."
        ),
        operations=SIGN_INS,
        outcome="refused",
        grouped_by=GroupedBy.PERSON,
        threshold=5,
        window_s=15 * MINUTES,
        severity=Severity.MEDIUM,
        response=Response.EVENT,
    ),
    Default(
        code="sign-in-network",
        title="Many failed sign-ins from one network",
        description=(
            "Passwords are tried from one place, for whatever accounts. It may be an office whose people share an "
            "address. Block the network in front of Salus if it goes on."
        ),
        operations=SIGN_INS,
        outcome="refused",
        grouped_by=GroupedBy.NETWORK,
        threshold=20,
        window_s=15 * MINUTES,
        severity=Severity.MEDIUM,
        response=Response.ALERT,
    ),
    Default(
        code="password-spraying",
        title="One network tries many accounts",
        description=(
            "The same few passwords are tried for many accounts that exist, so somebody has a list of addresses. Block "
            "the network, and look whether one of its sign-ins succeeded: that account is taken over."
        ),
        operations=SIGN_INS,
        outcome="refused",
        grouped_by=GroupedBy.NETWORK,
        counts=Counted.PERSONS,
        threshold=5,
        window_s=15 * MINUTES,
        severity=Severity.HIGH,
        response=Response.ALERT,
    ),
    Default(
        code="wrong-second-factors",
        title="Wrong second factors after a right password",
        description=(
            "Whoever tries knows the password already. Ask the owner by another way; if it was not they, end their "
            "sessions and have them choose a new password."
        ),
        operations=SECOND_FACTORS,
        outcome="refused",
        grouped_by=GroupedBy.PERSON,
        threshold=3,
        window_s=15 * MINUTES,
        severity=Severity.HIGH,
        response=Response.ALERT,
    ),
    Default(
        code="recovery-code",
        title="A recovery code was used",
        description=(
            "Somebody signed in without their second factor, by one of the codes on paper. The owner was written to. "
            "Ask an administrator or a clinician whether it was they."
        ),
        operations=("people.use_recovery_code",),
        grouped_by=GroupedBy.PERSON,
        threshold=1,
        window_s=MINUTES,
        severity=Severity.LOW,
        response=Response.EVENT,
    ),
    Default(
        code="token-reuse",
        title="A program's token was used twice",
        description=(
            "A refresh token that was exchanged already came again: somebody else has a copy of it. Both holders were "
            "locked out by that. Ask the person whose program it is, and have them sign in anew on a clean device."
        ),
        operations=("oauth.revoke_family",),
        facts={"because": "reuse"},
        grouped_by=GroupedBy.PERSON,
        threshold=1,
        window_s=MINUTES,
        severity=Severity.HIGH,
        response=Response.ALERT,
    ),
    Default(
        code="keys-refused",
        title="API keys that do not work",
        description=(
            "Keys that are unknown, revoked, expired or used outside their networks come from one place. If a record "
            "names a key, ask its owner: it may be in the wrong hands, or a system was moved. Else keys are guessed, "
            "which is hopeless; block the network."
        ),
        operations=("api_keys.refuse",),
        outcome="refused",
        grouped_by=GroupedBy.NETWORK,
        threshold=10,
        window_s=15 * MINUTES,
        severity=Severity.MEDIUM,
        response=Response.ALERT,
    ),
    Default(
        code="refusals",
        title="Refused again and again",
        description=(
            "Somebody who is signed in asks for what they may not do, many times in a short while: they feel for gaps, "
            "or a program of theirs is wrong. Read what was refused; lock the account if it is no mistake."
        ),
        outcome="refused",
        grouped_by=GroupedBy.ACTOR,
        threshold=10,
        window_s=5 * MINUTES,
        severity=Severity.MEDIUM,
        response=Response.ALERT,
    ),
    Default(
        code="program-refused",
        title="A program asks for what it was not given",
        description=(
            "An API key or an authorised program is refused many times. Its owner asked for too few scopes, or it is "
            "in the wrong hands: ask them, and revoke it if nobody can explain."
        ),
        outcome="refused",
        grouped_by=GroupedBy.PROGRAM,
        threshold=5,
        window_s=10 * MINUTES,
        severity=Severity.HIGH,
        response=Response.ALERT,
    ),
    Default(
        code="mass-reading",
        title="One account reads the health data of many people",
        description=(
            "Far more people's data was opened by one account in an hour than work explains. Lock the account first "
            "and ask then: each minute may be more people. An incident was opened; list who is affected."
        ),
        operations=HEALTH_READS,
        outcome=None,
        grouped_by=GroupedBy.ACTOR,
        counts=Counted.PERSONS,
        threshold=50,
        window_s=HOURS,
        severity=Severity.HIGH,
        response=Response.INCIDENT,
    ),
    Default(
        code="mass-download",
        title="One account downloads very many files",
        description=(
            "A buyer takes many delivered files in an hour. It may be their first collection of all they bought; if "
            "they say no, end their sessions and lock the account."
        ),
        operations=("health_data.download",),
        grouped_by=GroupedBy.ACTOR,
        counts=Counted.SUBJECTS,
        threshold=200,
        window_s=HOURS,
        severity=Severity.MEDIUM,
        response=Response.ALERT,
    ),
    Default(
        code="off-hours-opening",
        title="Health data opened outside office hours",
        description=(
            "An administrator opened somebody's health data at night or on a free day. Read the reason they gave, and "
            "ask them. The person was told when it happened."
        ),
        operations=("health_data.open_health_data",),
        grouped_by=GroupedBy.ACTOR,
        threshold=1,
        window_s=10 * MINUTES,
        quiet_from=time(20),
        quiet_until=time(7),
        severity=Severity.MEDIUM,
        response=Response.ALERT,
    ),
    Default(
        code="administrator-made",
        title="Somebody became an administrator",
        description=(
            "Every administrator should know of a new one. If nobody meant it, end the role at once and lock the "
            "account that gave it."
        ),
        operations=("people.grant_role",),
        facts={"role": "administrator"},
        grouped_by=GroupedBy.PERSON,
        threshold=1,
        window_s=MINUTES,
        severity=Severity.MEDIUM,
        response=Response.ALERT,
    ),
    Default(
        code="mass-export",
        title="Many exports by one account",
        description=(
            "Lists that name people were taken out of Salus several times in an hour. Ask whoever did it what for; the "
            "files are outside now and have to be found there."
        ),
        operations=EXPORTS,
        outcome=None,
        grouped_by=GroupedBy.ACTOR,
        threshold=5,
        window_s=HOURS,
        severity=Severity.MEDIUM,
        response=Response.ALERT,
    ),
    Default(
        code="log-damaged",
        title="Records were tampered with",
        description=(
            "A verification found records that are not as they were sealed: whoever did it had the database. Keep a "
            "copy of everything before anything else, take the published checkpoints to safety, and verify again."
        ),
        operations=("records.note_verification", "records.verify"),
        facts={"is_whole": False},
        grouped_by=GroupedBy.TENANT,
        threshold=1,
        window_s=24 * HOURS,
        severity=Severity.CRITICAL,
        response=Response.INCIDENT,
    ),
    Default(
        code="sealing-late",
        title="Records wait too long to be sealed",
        description=(
            "What is not sealed could still be changed unseen. See that the sealer runs and reaches the database, and "
            "that no transaction hangs (Records, Is the log whole?)."
        ),
        operations=("security.note_sealing_lag",),
        grouped_by=GroupedBy.TENANT,
        threshold=3,
        window_s=10 * MINUTES,
        severity=Severity.HIGH,
        response=Response.ALERT,
    ),
)
