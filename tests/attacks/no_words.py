"""The fields that take no words of anybody's, looked at one by one. Any other must have been planted with some.

A field stands here, by its operation and its path in the form, when whatever is not of its kind is refused, or is put
in the place of what nobody else sees. A text is sent to each of them all the same: what comes back must not repeat it.
"""

ADDRESS_OF_OURS = "a page of ours to go on to: anything else becomes the first page"
OF_A_LIST = "one of the values of a list"
PROOF = "a proof, compared and not kept: a password, a code, a token, the answer of a key"
OF_OAUTH = "compared with what is registered, or with what OAuth prescribes"

NO_WORDS = {
    "api_keys.make: networks": "networks in CIDR notation",
    "api_keys.make: scopes": OF_A_LIST,
    **{f"appointments.{deed}: key": "32 hexadecimal digits, made for the form" for deed in ("book", "book_series")},
    **{
        f"appointments.{deed}: currency": "three letters of ISO 4217"
        for deed in ("add_visit_type", "change_visit_type")
    },
    "appointments.describe: languages": "tags of BCP 47",
    "appointments.describe: specialties": OF_A_LIST,
    **{f"calendar.{deed}: rule": "a recurrence rule of RFC 5545" for deed in ("add_hours", "change_hours")},
    **{
        f"calendar.{deed}: {field}": why
        for deed in ("add_location", "change_location")
        for field, why in {
            "country": "two letters of ISO 3166",
            "subdivision": "up to three letters or digits of ISO 3166-2",
            "zone": "a name of the IANA time zone database",
        }.items()
    },
    "consent.give: signature": "the person's own name, letter by letter",
    "consent.give: text_sha256": "the digest of the text they saw",
    "federation.add_provider: client_secret": "printable letters without blanks, shown nowhere",
    "federation.begin: next": ADDRESS_OF_OURS,
    "federation.change_provider: client_secret": "printable letters without blanks, shown nowhere",
    "federation.change_provider: issuer": "stays as it is",
    "health_data.change: codes": OF_A_LIST,
    "health_data.change: modifiers": OF_A_LIST,
    "health_data.change: permission": OF_A_LIST,
    "health_data.draft: codes": OF_A_LIST,
    "health_data.draft: modifiers": OF_A_LIST,
    "health_data.draft: permission": OF_A_LIST,
    "money.request_payout: currency": "three letters of ISO 4217",
    "money.set_commission: currency": "three letters of ISO 4217",
    "money.set_payout_account: holder": "the letters, blanks and marks that a SEPA transfer has",
    "money.set_payout_account: iban": "an account number with its check digits",
    "money.set_tax: country": "two letters of ISO 3166",
    **{
        f"oauth.decide: {field}": OF_OAUTH
        for field in (
            *("client_id", "code_challenge", "code_challenge_method", "max_age", "redirect_uri", "request"),
            *("request_uri", "response_mode", "response_type", "scope"),
        )
    },
    **{f"oauth.introspect: {field}": OF_OAUTH for field in ("client_id", "client_secret", "token")},
    **{f"oauth.revoke_token: {field}": OF_OAUTH for field in ("client_id", "client_secret", "token")},
    **{
        f"oauth.issue_tokens: {field}": OF_OAUTH
        for field in (
            *("client_id", "client_secret", "code", "code_verifier", "grant_type", "redirect_uri", "refresh_token"),
            "scope",
        )
    },
    "oauth.register_client: scopes": OF_A_LIST,
    "people.accept_invitation: token": PROOF,
    "people.add_key: answer": PROOF,
    "people.change_password: current_password": PROOF,
    "people.confirm_key: answer": PROOF,
    "people.confirm_key: next": ADDRESS_OF_OURS,
    "people.confirm_totp: code": PROOF,
    "people.confirm_totp: next": ADDRESS_OF_OURS,
    "people.make_recovery_codes: next": ADDRESS_OF_OURS,
    "people.reset_password: token": PROOF,
    "people.sign_in: code": PROOF,
    "people.sign_in: email": "compared with the addresses that are known",
    "people.sign_in: next": ADDRESS_OF_OURS,
    "people.sign_in: password": PROOF,
    "people.sign_in_with_passkey: answer": PROOF,
    "people.sign_in_with_passkey: next": ADDRESS_OF_OURS,
    "people.sign_up: country": "two letters of ISO 3166",
    "people.sign_up: organisation.country": "two letters of ISO 3166",
    "people.use_recovery_code: next": ADDRESS_OF_OURS,
    "people.use_recovery_code: recovery_code": PROOF,
    "people.verify_email: token": PROOF,
    "privacy.ask_erasure: confirmation": "a given sentence",
    "privacy.ask_erasure: current_password": PROOF,
    "privacy.set_rule: country": "two letters of ISO 3166",
    "privacy.set_rule: kind": OF_A_LIST,
    "security.list_affected: correlation_id": "the number of a request",
    "security.list_affected: network": "a network in CIDR notation",
    "security.set_office_hours: time_zone": "a name of the IANA time zone database",
    "webhooks.subscribe: topics": "names of operations",
}
"""By `operation: path`, why a text cannot be planted there."""

ONE_WORD = {
    "calendar.add_location: postal_code",
    "calendar.change_location: postal_code",
    "insurance.add_coverage: member_number",
    *(f"insurance.{deed}: {field}" for deed in ("add_insurer", "change_insurer") for field in ("key", "payer_code")),
}
"""Fields that take a word of letters and digits, and no markup: looked for like every text, in every place."""

SHORT = {
    f"{operation}: find_{kind}"
    for operation in ("appointments.describe", "appointments.my_profile")
    for kind in ("specialties", "languages", "insurers")
} | {f"appointments.my_profile: {kind}" for kind in ("specialties", "languages", "insurers")}
"""Fields that take sixty characters at most."""
