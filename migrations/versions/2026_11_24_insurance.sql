CREATE TABLE outside_services (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    service TEXT NOT NULL,
    title TEXT NOT NULL,
    process TEXT NOT NULL,
    state VARCHAR(40) NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    calls INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    probe_at TIMESTAMP WITH TIME ZONE,
    told_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_outside_services PRIMARY KEY (id),
    CONSTRAINT uq_outside_services_tenant_id_service_process UNIQUE (tenant_id, service, process),
    CONSTRAINT ck_outside_services_state_is_known CHECK (state IN ('closed', 'half-open', 'open')),
    CONSTRAINT uq_outside_services_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE insurers (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    name TEXT NOT NULL,
    payer_code TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    key_sealed BYTEA,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_insurers PRIMARY KEY (id),
    CONSTRAINT uq_insurers_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE UNIQUE INDEX uq_insurers_in_use ON insurers (tenant_id, payer_code) WHERE retired_at IS NULL;

CREATE TABLE coverages (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    insurer_id UUID NOT NULL,
    member_number_sealed BYTEA NOT NULL,
    member_index BYTEA NOT NULL,
    plan_sealed BYTEA,
    valid_from DATE,
    valid_until DATE,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_coverages PRIMARY KEY (id),
    CONSTRAINT ck_coverages_it_ends_after_it_begins CHECK (valid_until >= valid_from),
    CONSTRAINT uq_coverages_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_coverages_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES users (tenant_id, id),
    CONSTRAINT fk_coverages_tenant_id_insurer_id FOREIGN KEY(tenant_id, insurer_id) REFERENCES insurers (tenant_id, id)
);

CREATE UNIQUE INDEX uq_coverages_in_use ON coverages (tenant_id, person_id, insurer_id, member_index) WHERE removed_at IS NULL;

CREATE TABLE eligibility_checks (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    coverage_id UUID NOT NULL,
    insurer_id UUID NOT NULL,
    person_id UUID NOT NULL,
    service VARCHAR(40) NOT NULL,
    on_day DATE NOT NULL,
    state VARCHAR(40) NOT NULL,
    because VARCHAR(40) NOT NULL,
    needs_authorization BOOLEAN DEFAULT false NOT NULL,
    disposition_sealed BYTEA,
    checked_at TIMESTAMP WITH TIME ZONE,
    recheck_at TIMESTAMP WITH TIME ZONE,
    attempts INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_eligibility_checks PRIMARY KEY (id),
    CONSTRAINT uq_eligibility_checks_tenant_id_coverage_id_service_on_day UNIQUE (tenant_id, coverage_id, service, on_day),
    CONSTRAINT ck_eligibility_checks_service_is_known CHECK (service IN ('30', '1', '3', '4', '5', '35', '62', '69', 'F6')),
    CONSTRAINT ck_eligibility_checks_state_is_known CHECK (state IN ('pending', 'eligible', 'not_eligible', 'unknown')),
    CONSTRAINT ck_eligibility_checks_because_is_known CHECK (because IN ('asking', 'circuit-open', 'busy', 'timeout', 'unreachable', 'failing', 'not-believed', 'turned-away', 'queued', 'in-force', 'not-in-force', 'not-covered', 'not-known', 'not-said', 'not-in-time')),
    CONSTRAINT ck_eligibility_checks_what_is_pending_is_asked_again CHECK ((state = 'pending') = (recheck_at IS NOT NULL)),
    CONSTRAINT ck_eligibility_checks_what_is_decided_was_checked CHECK (state = 'pending' OR checked_at IS NOT NULL),
    CONSTRAINT uq_eligibility_checks_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_eligibility_checks_tenant_id_coverage_id FOREIGN KEY(tenant_id, coverage_id) REFERENCES coverages (tenant_id, id),
    CONSTRAINT fk_eligibility_checks_tenant_id_insurer_id FOREIGN KEY(tenant_id, insurer_id) REFERENCES insurers (tenant_id, id),
    CONSTRAINT fk_eligibility_checks_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES users (tenant_id, id)
);

CREATE INDEX ix_eligibility_checks_pending ON eligibility_checks (tenant_id, recheck_at) WHERE state = 'pending';

CREATE INDEX ix_eligibility_checks_tenant_id_person_id ON eligibility_checks (tenant_id, person_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON outside_services TO salus_app;

ALTER TABLE outside_services ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON outside_services USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON coverages TO salus_app;

ALTER TABLE coverages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON coverages USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON eligibility_checks TO salus_app;

ALTER TABLE eligibility_checks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON eligibility_checks USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON insurers TO salus_app;

ALTER TABLE insurers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON insurers USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
