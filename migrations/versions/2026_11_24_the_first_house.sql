CREATE TABLE person_keys (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    wrapped BYTEA,
    CONSTRAINT pk_person_keys PRIMARY KEY (id),
    CONSTRAINT uq_person_keys_tenant_id_person_id UNIQUE (tenant_id, person_id),
    CONSTRAINT uq_person_keys_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE records (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    actor_id UUID,
    actor_roles TEXT[] NOT NULL,
    organisation_id UUID,
    subject_type TEXT,
    subject_id UUID,
    person_id UUID,
    consent_id UUID,
    purpose TEXT,
    correlation_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    network TEXT,
    fields TEXT[] NOT NULL,
    facts JSONB NOT NULL,
    transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT pk_records PRIMARY KEY (id),
    CONSTRAINT uq_records_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_records_tenant_id_correlation_id ON records (tenant_id, correlation_id);

CREATE INDEX ix_records_tenant_id_created_at ON records (tenant_id, created_at);

CREATE INDEX ix_records_tenant_id_person_id_created_at ON records (tenant_id, person_id, created_at);

CREATE INDEX ix_records_tenant_id_transaction_id ON records (tenant_id, transaction, id);

CREATE INDEX ix_records_tenant_id_subject_id ON records (tenant_id, subject_id);

CREATE TABLE owed (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    record_id UUID NOT NULL,
    reaction TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    given_up BOOLEAN DEFAULT false NOT NULL,
    last_error TEXT,
    CONSTRAINT pk_owed PRIMARY KEY (id),
    CONSTRAINT uq_owed_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_owed_due_at ON owed (due_at);

CREATE TABLE tenants (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    hosts TEXT[] NOT NULL,
    CONSTRAINT pk_tenants PRIMARY KEY (id),
    CONSTRAINT uq_tenants_slug UNIQUE (slug),
    CONSTRAINT uq_tenants_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE authorisations (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    person_name_sealed BYTEA NOT NULL,
    recipient_id UUID NOT NULL,
    recipient_name TEXT NOT NULL,
    recipient_contact TEXT NOT NULL,
    operator_name TEXT NOT NULL,
    operator_contact TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id UUID NOT NULL,
    subject_title TEXT NOT NULL,
    types JSONB NOT NULL,
    period_from DATE,
    period_until DATE,
    purpose TEXT NOT NULL,
    purpose_words TEXT NOT NULL,
    terms JSONB NOT NULL,
    price_amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    text_sealed BYTEA NOT NULL,
    text_sha256 TEXT NOT NULL,
    text_version TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_authorisations PRIMARY KEY (id),
    CONSTRAINT ck_authorisations_state CHECK (state IN ('asked', 'given', 'declined', 'withdrawn', 'expired')),
    CONSTRAINT ck_authorisations_purpose CHECK (purpose IN ('public_health', 'policy', 'statistics', 'education', 'research', 'products', 'algorithms', 'care')),
    CONSTRAINT ck_authorisations_types CHECK (types <> '{}'::jsonb),
    CONSTRAINT ck_authorisations_price CHECK (price_amount >= 0),
    CONSTRAINT ck_authorisations_period CHECK (period_from <= period_until),
    CONSTRAINT ck_authorisations_a_year CHECK (expires_at > created_at AND expires_at <= created_at + interval '8760 hours'),
    CONSTRAINT ck_authorisations_ended_at CHECK ((state IN ('asked', 'given')) = (ended_at IS NULL)),
    CONSTRAINT ck_authorisations_was_given CHECK (state NOT IN ('given', 'withdrawn') OR given_at IS NOT NULL),
    CONSTRAINT ck_authorisations_was_not_given CHECK (state NOT IN ('asked', 'declined') OR given_at IS NULL),
    CONSTRAINT uq_authorisations_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_authorisations_tenant_id_recipient_id_created_at ON authorisations (tenant_id, recipient_id, created_at);

CREATE INDEX ix_authorisations_tenant_id_subject_id ON authorisations (tenant_id, subject_id);

CREATE INDEX ix_authorisations_tenant_id_person_id_created_at ON authorisations (tenant_id, person_id, created_at);

CREATE INDEX ix_authorisations_tenant_id_expires_at ON authorisations (tenant_id, expires_at) WHERE ended_at IS NULL;

CREATE OR REPLACE FUNCTION authorisations_move_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('asked', 'given'), ('asked', 'declined'), ('asked', 'expired'), ('given', 'withdrawn'), ('given', 'expired')
    ) THEN
        RAISE EXCEPTION 'an authorisation cannot go from one of these states to the other'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'authorisations_move_forward';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER authorisations_move_forward BEFORE UPDATE OF state ON authorisations
    FOR EACH ROW EXECUTE FUNCTION authorisations_move_forward();

CREATE TABLE files (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    owner_id UUID NOT NULL,
    name_sealed BYTEA,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256_sealed BYTEA,
    state TEXT NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_files PRIMARY KEY (id),
    CONSTRAINT ck_files_size CHECK (size >= 0),
    CONSTRAINT ck_files_state CHECK (state IN ('kept', 'removed')),
    CONSTRAINT ck_files_removed_without_a_name CHECK ((state = 'kept') = (name_sealed IS NOT NULL)),
    CONSTRAINT ck_files_removed_at CHECK ((state = 'removed') = (removed_at IS NOT NULL)),
    CONSTRAINT uq_files_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_files_tenant_id_owner_id ON files (tenant_id, owner_id);

CREATE TABLE contacts (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    address_sealed BYTEA NOT NULL,
    CONSTRAINT pk_contacts PRIMARY KEY (id),
    CONSTRAINT uq_contacts_tenant_id_person_id UNIQUE (tenant_id, person_id),
    CONSTRAINT uq_contacts_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE notices (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    template TEXT NOT NULL,
    title_sealed BYTEA NOT NULL,
    link TEXT NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_notices PRIMARY KEY (id),
    CONSTRAINT ck_notices_link_stays_here CHECK (link LIKE '/%' AND link NOT LIKE '//%'),
    CONSTRAINT uq_notices_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_notices_tenant_id_person_id_created_at ON notices (tenant_id, person_id, created_at);

CREATE INDEX ix_notices_unread ON notices (tenant_id, person_id) WHERE read_at IS NULL;

CREATE TABLE mails (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    template TEXT NOT NULL,
    address_sealed BYTEA NOT NULL,
    subject_sealed BYTEA NOT NULL,
    body_sealed BYTEA NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_mails PRIMARY KEY (id),
    CONSTRAINT ck_mails_state_is_known CHECK (state IN ('waiting', 'sent', 'failed')),
    CONSTRAINT ck_mails_sent_mail_knows_when CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    CONSTRAINT uq_mails_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_mails_tenant_id_created_at ON mails (tenant_id, created_at);

CREATE TABLE ledger_accounts (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    kind VARCHAR(40) NOT NULL,
    owner_id UUID,
    currency TEXT NOT NULL,
    balance BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_ledger_accounts PRIMARY KEY (id),
    CONSTRAINT uq_ledger_accounts_tenant_id_kind_owner_id_currency UNIQUE NULLS NOT DISTINCT (tenant_id, kind, owner_id, currency),
    CONSTRAINT uq_ledger_accounts_tenant_id_id_currency UNIQUE (tenant_id, id, currency),
    CONSTRAINT ck_ledger_accounts_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_ledger_accounts_balance_stays_on_its_side CHECK (CASE kind WHEN 'gateway_clearing' THEN true WHEN 'losses' THEN balance <= 0 ELSE balance >= 0 END),
    CONSTRAINT ck_ledger_accounts_owner_fits_kind CHECK ((kind = 'seller_payable') = (owner_id IS NOT NULL)),
    CONSTRAINT ck_ledger_accounts_kind_is_known CHECK (kind IN ('gateway_clearing', 'seller_payable', 'commission_revenue', 'tax_payable', 'payout_clearing', 'refund_clearing', 'losses')),
    CONSTRAINT uq_ledger_accounts_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE ledger_postings (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    key TEXT NOT NULL,
    body_hash BYTEA NOT NULL,
    kind VARCHAR(40) NOT NULL,
    currency TEXT NOT NULL,
    subject_id UUID NOT NULL,
    reverses_id UUID,
    transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT pk_ledger_postings PRIMARY KEY (id),
    CONSTRAINT uq_ledger_postings_tenant_id_key UNIQUE (tenant_id, key),
    CONSTRAINT uq_ledger_postings_tenant_id_id_currency UNIQUE (tenant_id, id, currency),
    CONSTRAINT uq_ledger_postings_tenant_id_reverses_id UNIQUE (tenant_id, reverses_id),
    CONSTRAINT fk_ledger_postings_tenant_id_reverses_id_currency FOREIGN KEY(tenant_id, reverses_id, currency) REFERENCES ledger_postings (tenant_id, id, currency),
    CONSTRAINT ck_ledger_postings_only_reversals_reverse CHECK ((kind = 'reversal') = (reverses_id IS NOT NULL)),
    CONSTRAINT ck_ledger_postings_body_hash_is_sha256 CHECK (octet_length(body_hash) = 32),
    CONSTRAINT ck_ledger_postings_kind_is_known CHECK (kind IN ('sale', 'refund', 'refund_sent', 'refund_kept', 'return', 'payout', 'payout_sent', 'reversal')),
    CONSTRAINT uq_ledger_postings_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_ledger_postings_tenant_id_subject_id ON ledger_postings (tenant_id, subject_id);

CREATE TABLE number_series (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    series TEXT NOT NULL,
    last BIGINT NOT NULL,
    CONSTRAINT pk_number_series PRIMARY KEY (id),
    CONSTRAINT uq_number_series_tenant_id_series UNIQUE (tenant_id, series),
    CONSTRAINT ck_number_series_last_is_positive CHECK (last > 0),
    CONSTRAINT uq_number_series_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE payments (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id UUID NOT NULL,
    description TEXT NOT NULL,
    payer_id UUID NOT NULL,
    payer_organisation_id UUID NOT NULL,
    payer_name TEXT NOT NULL,
    payee_id UUID NOT NULL,
    payee_name_sealed BYTEA,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    terms JSONB NOT NULL,
    state VARCHAR(40) NOT NULL,
    gateway TEXT NOT NULL,
    gateway_id TEXT,
    checkout_url TEXT,
    sequence BIGINT DEFAULT 0 NOT NULL,
    failure TEXT,
    paid_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    seller_share BIGINT NOT NULL,
    commission BIGINT NOT NULL,
    commission_tax BIGINT NOT NULL,
    sale_tax BIGINT NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (id),
    CONSTRAINT uq_payments_tenant_id_gateway_gateway_id UNIQUE (tenant_id, gateway, gateway_id),
    CONSTRAINT ck_payments_parts_make_the_amount CHECK (amount > 0 AND seller_share >= 0 AND commission >= 0 AND commission_tax >= 0 AND sale_tax >= 0 AND seller_share + commission + commission_tax + sale_tax = amount),
    CONSTRAINT ck_payments_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_payments_settled_payments_know_when CHECK (state NOT IN ('settled', 'refunded') OR settled_at IS NOT NULL),
    CONSTRAINT ck_payments_state_is_known CHECK (state IN ('intended', 'requested', 'paid', 'settled', 'refunded', 'failed', 'cancelled')),
    CONSTRAINT uq_payments_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE UNIQUE INDEX uq_payments_live_subject ON payments (tenant_id, subject_type, subject_id) WHERE state NOT IN ('failed', 'cancelled');

CREATE INDEX ix_payments_tenant_id_payer_organisation_id_created_at ON payments (tenant_id, payer_organisation_id, created_at);

CREATE INDEX ix_payments_tenant_id_payee_id_created_at ON payments (tenant_id, payee_id, created_at);

CREATE INDEX ix_payments_unfinished ON payments (tenant_id, created_at) WHERE state IN ('intended', 'requested', 'paid');

CREATE TABLE gateway_messages (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    gateway TEXT NOT NULL,
    event_id TEXT NOT NULL,
    about TEXT NOT NULL,
    gateway_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    applied_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_gateway_messages PRIMARY KEY (id),
    CONSTRAINT uq_gateway_messages_tenant_id_gateway_event_id UNIQUE (tenant_id, gateway, event_id),
    CONSTRAINT uq_gateway_messages_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_gateway_messages_waiting ON gateway_messages (tenant_id, created_at) WHERE applied_at IS NULL;

CREATE TABLE payout_accounts (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    holder_sealed BYTEA,
    iban_sealed BYTEA,
    CONSTRAINT pk_payout_accounts PRIMARY KEY (id),
    CONSTRAINT uq_payout_accounts_tenant_id_person_id UNIQUE (tenant_id, person_id),
    CONSTRAINT uq_payout_accounts_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE payouts (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    payee_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    destination_sealed BYTEA,
    state VARCHAR(40) NOT NULL,
    gateway TEXT NOT NULL,
    gateway_id TEXT,
    sequence BIGINT DEFAULT 0 NOT NULL,
    failure TEXT,
    decided_by UUID,
    rejected_because_sealed BYTEA,
    paid_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payouts PRIMARY KEY (id),
    CONSTRAINT uq_payouts_tenant_id_gateway_gateway_id UNIQUE (tenant_id, gateway, gateway_id),
    CONSTRAINT ck_payouts_amount_is_positive CHECK (amount > 0),
    CONSTRAINT ck_payouts_rejection_has_a_reason CHECK ((state = 'rejected') = (rejected_because_sealed IS NOT NULL)),
    CONSTRAINT ck_payouts_state_is_known CHECK (state IN ('requested', 'approved', 'sent', 'paid', 'failed', 'rejected')),
    CONSTRAINT uq_payouts_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_payouts_tenant_id_payee_id_created_at ON payouts (tenant_id, payee_id, created_at);

CREATE INDEX ix_payouts_open ON payouts (tenant_id, created_at) WHERE state IN ('requested', 'approved', 'sent');

CREATE UNIQUE INDEX uq_payouts_under_way ON payouts (tenant_id, payee_id, currency) WHERE state IN ('requested', 'approved', 'sent');

CREATE TABLE commission_rules (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    position INTEGER NOT NULL,
    subject_type TEXT,
    currency TEXT,
    basis_points INTEGER NOT NULL,
    minimum BIGINT NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    set_by UUID NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    retired_by UUID,
    CONSTRAINT pk_commission_rules PRIMARY KEY (id),
    CONSTRAINT ck_commission_rules_basis_points_are_a_share CHECK (basis_points BETWEEN 0 AND 10000),
    CONSTRAINT ck_commission_rules_minimum_is_not_negative CHECK (minimum >= 0),
    CONSTRAINT ck_commission_rules_minimum_has_a_currency CHECK (minimum = 0 OR currency IS NOT NULL),
    CONSTRAINT ck_commission_rules_retirement_has_an_author CHECK ((retired_at IS NULL) = (retired_by IS NULL)),
    CONSTRAINT uq_commission_rules_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE tax_rules (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    country TEXT NOT NULL,
    applies_to VARCHAR(40) NOT NULL,
    basis_points INTEGER NOT NULL,
    reason TEXT NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    set_by UUID NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    retired_by UUID,
    CONSTRAINT pk_tax_rules PRIMARY KEY (id),
    CONSTRAINT ck_tax_rules_basis_points_are_a_share CHECK (basis_points BETWEEN 0 AND 10000),
    CONSTRAINT ck_tax_rules_country_is_iso_3166 CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT ck_tax_rules_reason_is_said CHECK (reason <> ''),
    CONSTRAINT ck_tax_rules_retirement_has_an_author CHECK ((retired_at IS NULL) = (retired_by IS NULL)),
    CONSTRAINT ck_tax_rules_applies_to_is_known CHECK (applies_to IN ('sale', 'commission')),
    CONSTRAINT uq_tax_rules_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE users (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    email_sealed BYTEA NOT NULL,
    email_index BYTEA NOT NULL,
    name_sealed BYTEA NOT NULL,
    password_hash TEXT NOT NULL,
    verified_at TIMESTAMP WITH TIME ZONE,
    contested_at TIMESTAMP WITH TIME ZONE,
    suspended_at TIMESTAMP WITH TIME ZONE,
    suspended_because_sealed BYTEA,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_tenant_id_email_index UNIQUE (tenant_id, email_index),
    CONSTRAINT uq_users_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE attempts (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    scope TEXT NOT NULL,
    key BYTEA NOT NULL,
    window_started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tried INTEGER NOT NULL,
    CONSTRAINT pk_attempts PRIMARY KEY (id),
    CONSTRAINT uq_attempts_tenant_id_scope_key UNIQUE (tenant_id, scope, key),
    CONSTRAINT uq_attempts_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE leaves (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    index BIGINT NOT NULL,
    leaf_hash BYTEA NOT NULL,
    CONSTRAINT pk_leaves PRIMARY KEY (id),
    CONSTRAINT uq_leaves_tenant_id_index UNIQUE (tenant_id, index),
    CONSTRAINT ck_leaves_index_counts_from_zero CHECK (index >= 0),
    CONSTRAINT ck_leaves_leaf_hash_is_sha256 CHECK (octet_length(leaf_hash) = 32),
    CONSTRAINT uq_leaves_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE checkpoints (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    peaks BYTEA[] NOT NULL,
    note TEXT NOT NULL,
    last_transaction xid8 NOT NULL,
    CONSTRAINT pk_checkpoints PRIMARY KEY (id),
    CONSTRAINT uq_checkpoints_tenant_id_size UNIQUE (tenant_id, size),
    CONSTRAINT ck_checkpoints_size_is_positive CHECK (size > 0),
    CONSTRAINT ck_checkpoints_root_is_sha256 CHECK (octet_length(root) = 32),
    CONSTRAINT uq_checkpoints_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE health_offers (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    codes TEXT[] NOT NULL,
    from_day DATE NOT NULL,
    to_day DATE NOT NULL,
    price_cents BIGINT NOT NULL,
    currency TEXT NOT NULL,
    terms TEXT[] NOT NULL,
    term_values JSONB NOT NULL,
    is_exclusive BOOLEAN NOT NULL,
    state VARCHAR(40) NOT NULL,
    reason_sealed BYTEA,
    published_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_health_offers PRIMARY KEY (id),
    CONSTRAINT ck_health_offers_state CHECK (state IN ('draft', 'submitted', 'published', 'rejected', 'withdrawn', 'sold')),
    CONSTRAINT ck_health_offers_price CHECK (price_cents > 0),
    CONSTRAINT ck_health_offers_period CHECK (to_day >= from_day),
    CONSTRAINT ck_health_offers_codes CHECK (cardinality(codes) > 0),
    CONSTRAINT ck_health_offers_reason CHECK ((state = 'rejected') = (reason_sealed IS NOT NULL)),
    CONSTRAINT uq_health_offers_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_health_offers_tenant_id_state ON health_offers (tenant_id, state);

CREATE INDEX ix_health_offers_tenant_id_person_id ON health_offers (tenant_id, person_id);

CREATE TABLE market_offers (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    offer_id UUID NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    codes TEXT[] NOT NULL,
    names TEXT[] NOT NULL,
    areas TEXT[] NOT NULL,
    terms TEXT[] NOT NULL,
    term_values JSONB NOT NULL,
    price_cents BIGINT NOT NULL,
    currency TEXT NOT NULL,
    is_exclusive BOOLEAN NOT NULL,
    first_month DATE NOT NULL,
    last_month DATE NOT NULL,
    month_count INTEGER NOT NULL,
    samples BIGINT NOT NULL,
    monthly JSONB NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    facets TEXT[] NOT NULL,
    words TSVECTOR GENERATED ALWAYS AS (setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', description), 'C') || array_to_tsvector(facets)) STORED NOT NULL,
    CONSTRAINT pk_market_offers PRIMARY KEY (id),
    CONSTRAINT uq_market_offers_offer_id UNIQUE (offer_id),
    CONSTRAINT uq_market_offers_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_market_offers_words ON market_offers USING gin (words);

CREATE INDEX ix_market_offers_tenant_id_price_cents_id ON market_offers (tenant_id, price_cents, id);

CREATE INDEX ix_market_offers_tenant_id_published_at_id ON market_offers (tenant_id, published_at, id);

CREATE TABLE progress (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    subject_id UUID NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    CONSTRAINT pk_progress PRIMARY KEY (id),
    CONSTRAINT uq_progress_tenant_id_subject_id UNIQUE (tenant_id, subject_id),
    CONSTRAINT uq_progress_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE consent_events (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    authorisation_id UUID NOT NULL,
    person_id UUID NOT NULL,
    kind TEXT NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID,
    channel TEXT NOT NULL,
    session_id UUID,
    text_sha256 TEXT NOT NULL,
    text_version TEXT NOT NULL,
    language TEXT NOT NULL,
    words_sealed BYTEA,
    CONSTRAINT pk_consent_events PRIMARY KEY (id),
    CONSTRAINT ck_consent_events_kind CHECK (kind IN ('asked', 'given', 'declined', 'withdrawn', 'expired')),
    CONSTRAINT uq_consent_events_tenant_id_authorisation_id_kind UNIQUE (tenant_id, authorisation_id, kind),
    CONSTRAINT uq_consent_events_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_consent_events_tenant_id_authorisation_id FOREIGN KEY(tenant_id, authorisation_id) REFERENCES authorisations (tenant_id, id)
);

CREATE TABLE ledger_entries (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    posting_id UUID NOT NULL,
    debit_id UUID NOT NULL,
    credit_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    CONSTRAINT pk_ledger_entries PRIMARY KEY (id),
    CONSTRAINT fk_ledger_entries_tenant_id_debit_id_currency FOREIGN KEY(tenant_id, debit_id, currency) REFERENCES ledger_accounts (tenant_id, id, currency),
    CONSTRAINT fk_ledger_entries_tenant_id_credit_id_currency FOREIGN KEY(tenant_id, credit_id, currency) REFERENCES ledger_accounts (tenant_id, id, currency),
    CONSTRAINT fk_ledger_entries_tenant_id_posting_id_currency FOREIGN KEY(tenant_id, posting_id, currency) REFERENCES ledger_postings (tenant_id, id, currency),
    CONSTRAINT ck_ledger_entries_amount_is_positive CHECK (amount > 0),
    CONSTRAINT ck_ledger_entries_accounts_differ CHECK (debit_id <> credit_id),
    CONSTRAINT uq_ledger_entries_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_ledger_entries_tenant_id_debit_id_created_at ON ledger_entries (tenant_id, debit_id, created_at);

CREATE INDEX ix_ledger_entries_tenant_id_credit_id_created_at ON ledger_entries (tenant_id, credit_id, created_at);

CREATE INDEX ix_ledger_entries_tenant_id_posting_id ON ledger_entries (tenant_id, posting_id);

CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the ledger is append-only; correct it by a reversal'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_is_append_only';
    END $$;

CREATE OR REPLACE FUNCTION ledger_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.balance <> 0 THEN
                RAISE EXCEPTION 'an account starts empty'
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_account_starts_empty';
            END IF;
        -- The only statement that runs one trigger deep is the one in ledger_move_balances.
        ELSIF pg_trigger_depth() < 2
            OR (to_jsonb(NEW) - 'balance') IS DISTINCT FROM (to_jsonb(OLD) - 'balance') THEN
            RAISE EXCEPTION 'balances move only by entries'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_balance_moves_by_entries';
        END IF;
        RETURN NEW;
    END $$;

CREATE OR REPLACE FUNCTION ledger_stamp_posting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.transaction := pg_current_xact_id();
        RETURN NEW;
    END $$;

CREATE OR REPLACE FUNCTION ledger_move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT transaction FROM ledger_postings WHERE tenant_id = NEW.tenant_id AND id = NEW.posting_id)
            IS DISTINCT FROM pg_current_xact_id() THEN
            RAISE EXCEPTION 'entries come with their posting'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_entry_is_not_late';
        END IF;
        UPDATE ledger_accounts
            SET balance = balance + CASE WHEN id = NEW.credit_id THEN NEW.amount ELSE -NEW.amount END
            WHERE tenant_id = NEW.tenant_id AND id IN (NEW.debit_id, NEW.credit_id);
        RETURN NULL;
    END $$;

CREATE OR REPLACE FUNCTION ledger_refuse_empty() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM ledger_entries WHERE tenant_id = NEW.tenant_id AND posting_id = NEW.id) THEN
            RAISE EXCEPTION 'a posting needs entries'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_posting_is_not_empty';
        END IF;
        RETURN NULL;
    END $$;

CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON ledger_accounts FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON ledger_postings FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE OR REPLACE TRIGGER no_change BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

CREATE OR REPLACE TRIGGER no_change BEFORE UPDATE OR DELETE ON ledger_postings FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

CREATE OR REPLACE TRIGGER no_delete BEFORE DELETE ON ledger_accounts FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE ON ledger_accounts FOR EACH ROW EXECUTE FUNCTION ledger_guard_account();

CREATE OR REPLACE TRIGGER stamp BEFORE INSERT ON ledger_postings FOR EACH ROW EXECUTE FUNCTION ledger_stamp_posting();

CREATE OR REPLACE TRIGGER move_balances AFTER INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION ledger_move_balances();

DROP TRIGGER IF EXISTS not_empty ON ledger_postings;

CREATE CONSTRAINT TRIGGER not_empty AFTER INSERT ON ledger_postings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_empty();

CREATE TABLE discrepancies (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    kind VARCHAR(40) NOT NULL,
    about TEXT NOT NULL,
    payment_id UUID,
    expected BIGINT NOT NULL,
    found BIGINT NOT NULL,
    currency TEXT NOT NULL,
    resolved_by UUID,
    resolution TEXT,
    CONSTRAINT pk_discrepancies PRIMARY KEY (id),
    CONSTRAINT uq_discrepancies_tenant_id_kind_about UNIQUE (tenant_id, kind, about),
    CONSTRAINT ck_discrepancies_resolution_has_an_author CHECK ((resolved_by IS NULL) = (resolution IS NULL)),
    CONSTRAINT ck_discrepancies_kind_is_known CHECK (kind IN ('missing_at_gateway', 'unknown_here', 'wrong_amount', 'paid_too_late', 'balance_drifted')),
    CONSTRAINT uq_discrepancies_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_discrepancies_tenant_id_payment_id FOREIGN KEY(tenant_id, payment_id) REFERENCES payments (tenant_id, id)
);

CREATE TABLE refunds (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    payment_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reason VARCHAR(40) NOT NULL,
    asked_by UUID,
    state VARCHAR(40) NOT NULL,
    gateway_id TEXT,
    failure TEXT,
    seller_share BIGINT NOT NULL,
    commission BIGINT NOT NULL,
    commission_tax BIGINT NOT NULL,
    sale_tax BIGINT NOT NULL,
    CONSTRAINT pk_refunds PRIMARY KEY (id),
    CONSTRAINT uq_refunds_tenant_id_gateway_id UNIQUE (tenant_id, gateway_id),
    CONSTRAINT ck_refunds_parts_make_the_amount CHECK (amount > 0 AND seller_share >= 0 AND commission >= 0 AND commission_tax >= 0 AND sale_tax >= 0 AND seller_share + commission + commission_tax + sale_tax = amount),
    CONSTRAINT ck_refunds_reason_is_known CHECK (reason IN ('not_delivered', 'withdrawn', 'mistake', 'goodwill')),
    CONSTRAINT ck_refunds_state_is_known CHECK (state IN ('intended', 'sent', 'failed')),
    CONSTRAINT uq_refunds_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_refunds_tenant_id_payment_id FOREIGN KEY(tenant_id, payment_id) REFERENCES payments (tenant_id, id)
);

CREATE INDEX ix_refunds_unfinished ON refunds (tenant_id, created_at) WHERE state = 'intended';

CREATE INDEX ix_refunds_tenant_id_payment_id ON refunds (tenant_id, payment_id);

CREATE TABLE organisations (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    country TEXT NOT NULL,
    registration_number TEXT NOT NULL,
    website TEXT DEFAULT '' NOT NULL,
    documents TEXT[] DEFAULT '{}' NOT NULL,
    review TEXT DEFAULT 'pending' NOT NULL,
    reason_sealed BYTEA,
    reviewed_at TIMESTAMP WITH TIME ZONE,
    reviewed_by UUID,
    CONSTRAINT pk_organisations PRIMARY KEY (id),
    CONSTRAINT ck_organisations_kind_is_known CHECK (kind IN ('company', 'university', 'hospital', 'public_body', 'charity')),
    CONSTRAINT ck_organisations_review_is_known CHECK (review IN ('pending', 'approved', 'rejected')),
    CONSTRAINT ck_organisations_country_is_iso_3166 CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT ck_organisations_review_knows_when CHECK ((review = 'pending') = (reviewed_at IS NULL)),
    CONSTRAINT ck_organisations_rejection_has_a_reason CHECK (review <> 'rejected' OR reason_sealed IS NOT NULL),
    CONSTRAINT uq_organisations_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_organisations_tenant_id_reviewed_by FOREIGN KEY(tenant_id, reviewed_by) REFERENCES users (tenant_id, id)
);

CREATE TABLE sessions (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    user_id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    channel TEXT NOT NULL,
    awaits TEXT NOT NULL,
    device TEXT DEFAULT '' NOT NULL,
    network TEXT,
    factor_at TIMESTAMP WITH TIME ZONE,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    idle_s INTEGER NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT uq_sessions_tenant_id_token_hash UNIQUE (tenant_id, token_hash),
    CONSTRAINT ck_sessions_awaits_is_known CHECK (awaits IN ('nothing', 'code', 'set_up')),
    CONSTRAINT ck_sessions_channel_is_known CHECK (channel IN ('browser', 'api')),
    CONSTRAINT uq_sessions_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_sessions_tenant_id_user_id FOREIGN KEY(tenant_id, user_id) REFERENCES users (tenant_id, id)
);

CREATE INDEX ix_sessions_tenant_id_user_id ON sessions (tenant_id, user_id);

CREATE TABLE email_tokens (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    user_id UUID NOT NULL,
    proves TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_email_tokens PRIMARY KEY (id),
    CONSTRAINT uq_email_tokens_tenant_id_token_hash UNIQUE (tenant_id, token_hash),
    CONSTRAINT ck_email_tokens_proves_is_known CHECK (proves IN ('address', 'reset')),
    CONSTRAINT uq_email_tokens_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_email_tokens_tenant_id_user_id FOREIGN KEY(tenant_id, user_id) REFERENCES users (tenant_id, id)
);

CREATE TABLE totps (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    user_id UUID NOT NULL,
    secret_sealed BYTEA NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    last_step INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_totps PRIMARY KEY (id),
    CONSTRAINT uq_totps_tenant_id_user_id UNIQUE (tenant_id, user_id),
    CONSTRAINT uq_totps_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_totps_tenant_id_user_id FOREIGN KEY(tenant_id, user_id) REFERENCES users (tenant_id, id)
);

CREATE TABLE health_imports (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    file_id UUID NOT NULL,
    state VARCHAR(40) NOT NULL,
    records BIGINT NOT NULL,
    duplicates BIGINT NOT NULL,
    problem TEXT,
    notes TEXT[] NOT NULL,
    exported_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_health_imports PRIMARY KEY (id),
    CONSTRAINT ck_health_imports_state CHECK (state IN ('waiting', 'reading', 'done', 'refused')),
    CONSTRAINT uq_health_imports_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_health_imports_tenant_id_file_id FOREIGN KEY(tenant_id, file_id) REFERENCES files (tenant_id, id)
);

CREATE INDEX ix_health_imports_tenant_id_person_id_created_at ON health_imports (tenant_id, person_id, created_at);

CREATE TABLE health_requests (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    offer_id UUID NOT NULL,
    person_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    buyer_id UUID NOT NULL,
    purpose TEXT NOT NULL,
    purpose_words TEXT NOT NULL,
    price_cents BIGINT NOT NULL,
    currency TEXT NOT NULL,
    is_exclusive BOOLEAN NOT NULL,
    state VARCHAR(40) NOT NULL,
    authorisation_id UUID NOT NULL,
    payment_id UUID,
    ended_because TEXT,
    CONSTRAINT pk_health_requests PRIMARY KEY (id),
    CONSTRAINT ck_health_requests_state CHECK (state IN ('asked', 'agreed', 'declined', 'cancelled', 'paying', 'paid', 'delivered', 'ended')),
    CONSTRAINT uq_health_requests_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_health_requests_tenant_id_offer_id FOREIGN KEY(tenant_id, offer_id) REFERENCES health_offers (tenant_id, id),
    CONSTRAINT fk_health_requests_tenant_id_authorisation_id FOREIGN KEY(tenant_id, authorisation_id) REFERENCES authorisations (tenant_id, id),
    CONSTRAINT fk_health_requests_tenant_id_payment_id FOREIGN KEY(tenant_id, payment_id) REFERENCES payments (tenant_id, id)
);

CREATE UNIQUE INDEX uq_health_requests_live ON health_requests (tenant_id, offer_id, organisation_id) WHERE state IN ('asked', 'agreed', 'paying', 'paid', 'delivered');

CREATE INDEX ix_health_requests_tenant_id_person_id ON health_requests (tenant_id, person_id);

CREATE INDEX ix_health_requests_tenant_id_organisation_id ON health_requests (tenant_id, organisation_id);

CREATE UNIQUE INDEX uq_health_requests_exclusive ON health_requests (tenant_id, offer_id) WHERE is_exclusive AND state IN ('agreed', 'paying', 'paid', 'delivered');

CREATE TABLE invoices (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    kind VARCHAR(40) NOT NULL,
    series TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    payment_id UUID NOT NULL,
    refund_id UUID,
    organisation_id UUID,
    person_id UUID,
    amount BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    currency TEXT NOT NULL,
    issued_on DATE NOT NULL,
    CONSTRAINT pk_invoices PRIMARY KEY (id),
    CONSTRAINT uq_invoices_tenant_id_series_sequence UNIQUE (tenant_id, series, sequence),
    CONSTRAINT uq_invoices_tenant_id_kind_payment_id_refund_id UNIQUE NULLS NOT DISTINCT (tenant_id, kind, payment_id, refund_id),
    CONSTRAINT ck_invoices_credits_are_for_a_refund CHECK ((kind IN ('credit_note', 'commission_credit')) = (refund_id IS NOT NULL)),
    CONSTRAINT ck_invoices_one_recipient CHECK (num_nonnulls(organisation_id, person_id) = 1),
    CONSTRAINT ck_invoices_tax_is_within_the_amount CHECK (amount > 0 AND tax BETWEEN 0 AND amount),
    CONSTRAINT ck_invoices_kind_is_known CHECK (kind IN ('sale', 'commission', 'credit_note', 'commission_credit')),
    CONSTRAINT uq_invoices_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_invoices_tenant_id_payment_id FOREIGN KEY(tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    CONSTRAINT fk_invoices_tenant_id_refund_id FOREIGN KEY(tenant_id, refund_id) REFERENCES refunds (tenant_id, id)
);

CREATE INDEX ix_invoices_tenant_id_organisation_id_issued_on ON invoices (tenant_id, organisation_id, issued_on);

CREATE INDEX ix_invoices_tenant_id_person_id_issued_on ON invoices (tenant_id, person_id, issued_on);

CREATE TABLE memberships (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    user_id UUID NOT NULL,
    role TEXT NOT NULL,
    organisation_id UUID,
    review TEXT DEFAULT 'pending' NOT NULL,
    reason_sealed BYTEA,
    reviewed_at TIMESTAMP WITH TIME ZONE,
    reviewed_by UUID,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_memberships PRIMARY KEY (id),
    CONSTRAINT ck_memberships_role_is_known CHECK (role IN ('seller', 'buyer', 'administrator')),
    CONSTRAINT ck_memberships_review_is_known CHECK (review IN ('pending', 'approved', 'rejected')),
    CONSTRAINT ck_memberships_buyers_have_an_organisation CHECK ((role = 'buyer') = (organisation_id IS NOT NULL)),
    CONSTRAINT ck_memberships_review_knows_when CHECK ((review = 'pending') = (reviewed_at IS NULL)),
    CONSTRAINT ck_memberships_rejection_has_a_reason CHECK (review <> 'rejected' OR reason_sealed IS NOT NULL),
    CONSTRAINT uq_memberships_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_memberships_tenant_id_user_id FOREIGN KEY(tenant_id, user_id) REFERENCES users (tenant_id, id),
    CONSTRAINT fk_memberships_tenant_id_organisation_id FOREIGN KEY(tenant_id, organisation_id) REFERENCES organisations (tenant_id, id),
    CONSTRAINT fk_memberships_tenant_id_reviewed_by FOREIGN KEY(tenant_id, reviewed_by) REFERENCES users (tenant_id, id)
);

CREATE INDEX ix_memberships_tenant_id_organisation_id ON memberships (tenant_id, organisation_id);

CREATE UNIQUE INDEX uq_memberships_held ON memberships (tenant_id, user_id, role) WHERE ended_at IS NULL;

CREATE TABLE invitations (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    organisation_id UUID NOT NULL,
    invited_by UUID NOT NULL,
    person_id UUID NOT NULL,
    email_sealed BYTEA NOT NULL,
    token_hash BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_invitations PRIMARY KEY (id),
    CONSTRAINT uq_invitations_tenant_id_token_hash UNIQUE (tenant_id, token_hash),
    CONSTRAINT uq_invitations_tenant_id_person_id UNIQUE (tenant_id, person_id),
    CONSTRAINT uq_invitations_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_invitations_tenant_id_organisation_id FOREIGN KEY(tenant_id, organisation_id) REFERENCES organisations (tenant_id, id),
    CONSTRAINT fk_invitations_tenant_id_invited_by FOREIGN KEY(tenant_id, invited_by) REFERENCES users (tenant_id, id)
);

CREATE TABLE health_series (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    import_id UUID NOT NULL,
    file_id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    area TEXT NOT NULL,
    kind TEXT NOT NULL,
    units TEXT[] NOT NULL,
    count BIGINT NOT NULL,
    first_at TIMESTAMP WITH TIME ZONE,
    last_at TIMESTAMP WITH TIME ZONE,
    is_known BOOLEAN NOT NULL,
    future INTEGER NOT NULL,
    months JSONB NOT NULL,
    sources_sealed BYTEA,
    is_shared BOOLEAN NOT NULL,
    is_current BOOLEAN NOT NULL,
    CONSTRAINT pk_health_series PRIMARY KEY (id),
    CONSTRAINT ck_health_series_count CHECK (count > 0),
    CONSTRAINT uq_health_series_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_health_series_tenant_id_import_id FOREIGN KEY(tenant_id, import_id) REFERENCES health_imports (tenant_id, id),
    CONSTRAINT fk_health_series_tenant_id_file_id FOREIGN KEY(tenant_id, file_id) REFERENCES files (tenant_id, id)
);

CREATE UNIQUE INDEX uq_health_series_current ON health_series (tenant_id, person_id, code, kind) WHERE is_current;

CREATE TABLE health_deliveries (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    request_id UUID NOT NULL,
    person_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    authorisation_id UUID NOT NULL,
    state VARCHAR(40) NOT NULL,
    ready_at TIMESTAMP WITH TIME ZONE,
    stopped_because TEXT,
    CONSTRAINT pk_health_deliveries PRIMARY KEY (id),
    CONSTRAINT ck_health_deliveries_state CHECK (state IN ('building', 'ready', 'stopped')),
    CONSTRAINT uq_health_deliveries_tenant_id_request_id UNIQUE (tenant_id, request_id),
    CONSTRAINT uq_health_deliveries_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_health_deliveries_tenant_id_request_id FOREIGN KEY(tenant_id, request_id) REFERENCES health_requests (tenant_id, id)
);

CREATE TABLE health_delivery_files (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    delivery_id UUID NOT NULL,
    file_id UUID NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    rows BIGINT NOT NULL,
    CONSTRAINT pk_health_delivery_files PRIMARY KEY (id),
    CONSTRAINT uq_health_delivery_files_tenant_id_delivery_id_name UNIQUE (tenant_id, delivery_id, name),
    CONSTRAINT uq_health_delivery_files_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_health_delivery_files_tenant_id_delivery_id FOREIGN KEY(tenant_id, delivery_id) REFERENCES health_deliveries (tenant_id, id),
    CONSTRAINT fk_health_delivery_files_tenant_id_file_id FOREIGN KEY(tenant_id, file_id) REFERENCES files (tenant_id, id)
);

CREATE TABLE health_downloads (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    delivery_id UUID NOT NULL,
    delivery_file_id UUID NOT NULL,
    person_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    buyer_id UUID NOT NULL,
    sent_bytes BIGINT NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    stopped_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_health_downloads PRIMARY KEY (id),
    CONSTRAINT uq_health_downloads_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_health_downloads_tenant_id_delivery_id FOREIGN KEY(tenant_id, delivery_id) REFERENCES health_deliveries (tenant_id, id),
    CONSTRAINT fk_health_downloads_tenant_id_delivery_file_id FOREIGN KEY(tenant_id, delivery_file_id) REFERENCES health_delivery_files (tenant_id, id)
);

CREATE INDEX ix_health_downloads_tenant_id_delivery_id ON health_downloads (tenant_id, delivery_id);

GRANT SELECT, INSERT, UPDATE (state, gateway_id, failure) ON refunds TO salus_app;

ALTER TABLE refunds ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON refunds USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (holder_sealed, iban_sealed), DELETE ON payout_accounts TO salus_app;

ALTER TABLE payout_accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON payout_accounts USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON memberships TO salus_app;

ALTER TABLE memberships ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON memberships USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON email_tokens TO salus_app;

ALTER TABLE email_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON email_tokens USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON health_deliveries TO salus_app;

ALTER TABLE health_deliveries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON health_deliveries USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (state, gateway_id, sequence, failure, decided_by, rejected_because_sealed, paid_at, destination_sealed) ON payouts TO salus_app;

ALTER TABLE payouts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON payouts USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT ON consent_events TO salus_app;

ALTER TABLE consent_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON consent_events USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (resolved_by, resolution) ON discrepancies TO salus_app;

ALTER TABLE discrepancies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON discrepancies USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT ON ledger_entries TO salus_app;

ALTER TABLE ledger_entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON ledger_entries USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON users TO salus_app;

ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON users USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (retired_at, retired_by) ON tax_rules TO salus_app;

ALTER TABLE tax_rules ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON tax_rules USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON progress TO salus_app;

ALTER TABLE progress ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON progress USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON attempts TO salus_app;

ALTER TABLE attempts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON attempts USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON health_downloads TO salus_app;

ALTER TABLE health_downloads ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON health_downloads USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON mails TO salus_app;

ALTER TABLE mails ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON mails USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON invitations TO salus_app;

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON invitations USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON health_imports TO salus_app;

ALTER TABLE health_imports ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON health_imports USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (state, given_at, ended_at) ON authorisations TO salus_app;

ALTER TABLE authorisations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON authorisations USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT ON invoices TO salus_app;

ALTER TABLE invoices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON invoices USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (retired_at, retired_by) ON commission_rules TO salus_app;

ALTER TABLE commission_rules ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON commission_rules USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON health_requests TO salus_app;

ALTER TABLE health_requests ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON health_requests USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON owed TO salus_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON organisations TO salus_app;

ALTER TABLE organisations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON organisations USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO salus_app;

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON sessions USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON market_offers TO salus_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON notices TO salus_app;

ALTER TABLE notices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON notices USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT ON tenants TO salus_app;

GRANT SELECT ON tenants TO salus_sealer;

GRANT SELECT, INSERT, UPDATE, DELETE ON files TO salus_app;

ALTER TABLE files ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON files USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT ON records TO salus_app;

GRANT SELECT ON records TO salus_sealer;

ALTER TABLE records ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON records USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT ON ledger_postings TO salus_app;

ALTER TABLE ledger_postings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON ledger_postings USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON health_delivery_files TO salus_app;

ALTER TABLE health_delivery_files ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON health_delivery_files USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON health_series TO salus_app;

ALTER TABLE health_series ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON health_series USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON contacts TO salus_app;

ALTER TABLE contacts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON contacts USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (last) ON number_series TO salus_app;

ALTER TABLE number_series ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON number_series USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT ON leaves TO salus_app;

GRANT SELECT, INSERT ON leaves TO salus_sealer;

ALTER TABLE leaves ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON leaves USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT ON checkpoints TO salus_app;

GRANT SELECT, INSERT ON checkpoints TO salus_sealer;

ALTER TABLE checkpoints ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON checkpoints USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (applied_at) ON gateway_messages TO salus_app;

ALTER TABLE gateway_messages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON gateway_messages USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (balance) ON ledger_accounts TO salus_app;

ALTER TABLE ledger_accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON ledger_accounts USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON health_offers TO salus_app;

ALTER TABLE health_offers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON health_offers USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON person_keys TO salus_app;

ALTER TABLE person_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON person_keys USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON totps TO salus_app;

ALTER TABLE totps ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON totps USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (state, gateway_id, checkout_url, sequence, failure, paid_at, settled_at, payee_name_sealed) ON payments TO salus_app;

ALTER TABLE payments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON payments USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
