"""The register of processing (GDPR art. 30) as Salus really works: what an operator starts from and may reword."""

from dataclasses import dataclass

ONLY_HERE = "None. Everything is kept where the operator runs Salus."
ENCRYPTED = "Encrypted under a key of each person; every access is recorded; tenants are kept apart by the database."


@dataclass(frozen=True)
class Standard:
    """One activity, and the tables that its data is in."""

    code: str
    title: str
    purpose: str
    legal_basis: str
    subjects: str
    recipients: str
    retention: str
    tables: tuple[str, ...]
    transfers: str = ONLY_HERE
    security: str = ENCRYPTED


STANDARDS = (
    Standard(
        "accounts", "Accounts and sign-in",
        "To know who acts, to keep accounts safe, and to reach people.",
        "Contract: GDPR art. 6(1)(b). Security: art. 6(1)(f) and 32.",
        "Sellers, members of buying organisations, administrators",
        "The operator's mail server, for letters.",
        "Until the account is erased; sign-ins and links for some months (see the retention rules).",
        ("users", "memberships", "invitations", "sessions", "email_tokens", "contacts", "notices", "mails",
         "person_keys", "totps", "security_keys", "recovery_codes", "linked_identities", "federated_sign_ins"),
    ),
    Standard(
        "programs", "Programs that act for people",
        "To let apps and systems act in somebody's name, and to tell them what happened.",
        "Contract: GDPR art. 6(1)(b).",
        "Everyone who lets a program in",
        "The programs that a person let in, at the addresses they named; never health data in messages.",
        "Until the person takes it back; what was sent, for some weeks.",
        ("api_keys", "oauth_permissions", "oauth_families", "oauth_refresh_tokens", "webhook_subscriptions",
         "webhook_deliveries", "webhook_attempts"),
        transfers="To wherever the person's own program is.",
    ),
    Standard(
        "incidents", "Incidents and breaches",
        "To find misuse, to end it, and to tell those whose data was touched.",
        "Legal obligation: GDPR art. 6(1)(c) with 33 and 34; HIPAA 45 CFR 164.400 to 164.414.",
        "Whoever reports an incident, and those it touched",
        "Supervisory authorities and the people touched, where the law asks.",
        "Six years or longer, as documentation.",
        ("incidents", "incident_people"),
    ),
    Standard(
        "health_data", "Health data for sale",
        "To keep what a person brought in, to show it to them, and to offer what they choose to offer.",
        "Explicit consent: GDPR art. 6(1)(a) and 9(2)(a).",
        "Sellers",
        "Nobody, before the person agrees to one named buyer, one set of data and one purpose.",
        "Until the person removes it or is erased.",
        ("health_imports", "health_series", "health_offers", "files"),
    ),
    Standard(
        "deliveries", "Sales and deliveries",
        "To hand over what a person agreed to, and to show them who read it.",
        "Explicit consent: GDPR art. 6(1)(a) and 9(2)(a). Authorisation to sell: RCW 19.373.070.",
        "Sellers, members of buying organisations",
        "The buying organisation that the consent names.",
        "Until the consent ends or the person is erased; the list of readings for six years.",
        ("health_requests", "health_deliveries", "health_delivery_files", "health_downloads"),
        transfers="To the country of the buying organisation, on the explicit consent that names it: art. 49(1)(a).",
    ),
    Standard(
        "consents", "Consents and their proof",
        "To ask, to remember the answer, and to be able to prove it.",
        "Legal obligation: GDPR art. 6(1)(c) with 7(1).",
        "Sellers",
        "The organisation that asked gets the receipt without the person's name.",
        "For as long as a claim may be made on it.",
        ("authorisations", "consent_events"),
    ),
    Standard(
        "money", "Payments, payouts and invoices",
        "To take and pay out money, and to keep books.",
        "Contract and legal obligation: GDPR art. 6(1)(b) and (c); tax law.",
        "Sellers, members of buying organisations",
        "The payment gateway and banks; tax authorities where they ask by law.",
        "As long as tax law asks, ten years in most countries.",
        ("payments", "refunds", "payouts", "payout_accounts", "invoices", "ledger_accounts", "ledger_entries",
         "discrepancies"),
    ),
    Standard(
        "calendars", "Calendars",
        "To know when people, rooms and devices are free, to give no time twice, and to show people their calendar.",
        "Contract: GDPR art. 6(1)(b).",
        "Doctors and patients",
        "Whoever a person gives the address of their calendar feed to.",
        "Until the person is erased.",
        ("resources", "hours", "special_hours", "claims", "blocks", "feeds"),
    ),
    Standard(
        "appointments", "Appointments and waiting lists",
        "To let patients find and book doctors, to remind both, and to offer what becomes free to those who wait.",
        "Contract: GDPR art. 6(1)(b). Provision of care: art. 9(2)(h).",
        "Doctors and patients",
        "The doctor that the patient chose. Whatever a doctor says of themselves is public.",
        "Until the person is erased; the law of some countries asks to keep them for longer (see legal holds).",
        ("doctors", "visit_types", "appointments", "waiting", "offered_times"),
    ),
    Standard(
        "insurance", "Insurance and what it covers",
        "To ask a person's insurer whether it covers a visit, and to show them the answer.",
        "Contract: GDPR art. 6(1)(b). Provision of care: art. 9(2)(h).",
        "Patients",
        "The insurer that the person named: their member number, the kind of service and the day; nothing else.",
        "Until the person is erased.",
        ("coverages", "eligibility_checks"),
    ),
    Standard(
        "care", "Clinical records",
        "To treat patients, and to let their doctors and their own programs read and write their records.",
        "Care: GDPR art. 9(2)(h). Contract: art. 6(1)(b).",
        "Patients and doctors",
        "Doctors who treat the patient, and programs that the patient or such a doctor let in.",
        "Until the person is erased; the law of some countries asks to keep them for longer (see legal holds).",
        ("clinical_resources", "clinical_versions", "clinical_words", "clinical_moments", "clinical_amounts",
         "clinical_assignments"),
    ),
    Standard(
        "records", "Records of what was done",
        "To prove who did what with whose data, and to show it to them.",
        "Legal obligation: GDPR art. 6(1)(c) with 5(2) and 32; HIPAA 45 CFR 164.312(b).",
        "Everyone",
        "Nobody. Published checkpoints hold hashes only.",
        "Six years or longer; they cannot be changed.",
        ("records",),
    ),
    Standard(
        "rights", "Requests about one's own data",
        "To give people a copy, to erase what they ask to be erased, and to prove both.",
        "Legal obligation: GDPR art. 6(1)(c) with 12 to 22.",
        "Everyone with an account",
        "Whoever had got the data is told of an erasure (art. 19).",
        "Copies for seven days; the fact of an erasure for good.",
        ("privacy_copies", "privacy_erasures", "legal_holds"),
    ),
)  # fmt: skip
