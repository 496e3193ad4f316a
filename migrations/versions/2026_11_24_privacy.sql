CREATE TABLE privacy_copies (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    state TEXT NOT NULL,
    file_id UUID,
    size BIGINT,
    ready_at TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE,
    downloaded_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_privacy_copies PRIMARY KEY (id),
    CONSTRAINT ck_privacy_copies_state_is_known CHECK (state IN ('waiting', 'ready', 'gone', 'failed')),
    CONSTRAINT ck_privacy_copies_ready_has_a_file CHECK ((state = 'ready') <= (file_id IS NOT NULL AND expires_at IS NOT NULL)),
    CONSTRAINT uq_privacy_copies_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_privacy_copies_tenant_id_file_id FOREIGN KEY(tenant_id, file_id) REFERENCES files (tenant_id, id)
);

CREATE INDEX ix_privacy_copies_tenant_id_person_id_created_at ON privacy_copies (tenant_id, person_id, created_at);

CREATE UNIQUE INDEX uq_privacy_copies_waiting ON privacy_copies (tenant_id, person_id) WHERE state = 'waiting';

CREATE TABLE retention_runs (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    kind TEXT NOT NULL,
    keep_days INTEGER NOT NULL,
    before TIMESTAMP WITH TIME ZONE NOT NULL,
    deleted BIGINT NOT NULL,
    held BIGINT NOT NULL,
    oldest_kept TIMESTAMP WITH TIME ZONE,
    ids_digest BYTEA NOT NULL,
    CONSTRAINT pk_retention_runs PRIMARY KEY (id),
    CONSTRAINT ck_retention_runs_counts_are_counts CHECK (deleted >= 0 AND held >= 0),
    CONSTRAINT ck_retention_runs_ids_digest_is_sha256 CHECK (octet_length(ids_digest) = 32),
    CONSTRAINT uq_retention_runs_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_retention_runs_tenant_id_created_at ON retention_runs (tenant_id, created_at);

CREATE TABLE privacy_erasures (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    asked_by UUID,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL,
    obstacles TEXT[] DEFAULT '{}' NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE,
    begun_at TIMESTAMP WITH TIME ZONE,
    done_at TIMESTAMP WITH TIME ZONE,
    removed JSONB DEFAULT '{}' NOT NULL,
    recipients UUID[] DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_privacy_erasures PRIMARY KEY (id),
    CONSTRAINT ck_privacy_erasures_state_is_known CHECK (state IN ('asked', 'cancelled', 'under_way', 'done')),
    CONSTRAINT ck_privacy_erasures_begun_knows_when CHECK ((state IN ('under_way', 'done')) <= (begun_at IS NOT NULL)),
    CONSTRAINT ck_privacy_erasures_done_knows_when CHECK ((state = 'done') = (done_at IS NOT NULL)),
    CONSTRAINT uq_privacy_erasures_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE UNIQUE INDEX uq_privacy_erasures_open ON privacy_erasures (tenant_id, person_id) WHERE state IN ('asked', 'under_way');

CREATE INDEX ix_privacy_erasures_tenant_id_due_at ON privacy_erasures (tenant_id, due_at) WHERE state IN ('asked', 'under_way');

CREATE TABLE legal_holds (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    subject_id UUID NOT NULL,
    reason_sealed BYTEA NOT NULL,
    set_by UUID NOT NULL,
    until DATE,
    lifted_at TIMESTAMP WITH TIME ZONE,
    lifted_by UUID,
    CONSTRAINT pk_legal_holds PRIMARY KEY (id),
    CONSTRAINT ck_legal_holds_lifting_has_an_author CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)),
    CONSTRAINT uq_legal_holds_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_legal_holds_tenant_id_subject_id ON legal_holds (tenant_id, subject_id);

CREATE TABLE retention_rules (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    kind TEXT NOT NULL,
    country TEXT,
    keep_days INTEGER NOT NULL,
    source TEXT NOT NULL,
    set_by UUID NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    retired_by UUID,
    CONSTRAINT pk_retention_rules PRIMARY KEY (id),
    CONSTRAINT ck_retention_rules_keeps_for_a_while CHECK (keep_days > 0),
    CONSTRAINT ck_retention_rules_country_is_iso_3166 CHECK (country IS NULL OR country ~ '^[A-Z]{2}$'),
    CONSTRAINT ck_retention_rules_source_is_said CHECK (source <> ''),
    CONSTRAINT ck_retention_rules_retirement_has_an_author CHECK ((retired_at IS NULL) = (retired_by IS NULL)),
    CONSTRAINT uq_retention_rules_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE UNIQUE INDEX uq_retention_rules_in_force ON retention_rules (tenant_id, kind, country) NULLS NOT DISTINCT WHERE retired_at IS NULL;

CREATE TABLE processing_activities (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    purpose TEXT NOT NULL,
    legal_basis TEXT NOT NULL,
    subjects TEXT NOT NULL,
    categories TEXT NOT NULL,
    recipients TEXT NOT NULL,
    transfers TEXT NOT NULL,
    retention TEXT NOT NULL,
    security TEXT NOT NULL,
    changed_by UUID NOT NULL,
    CONSTRAINT pk_processing_activities PRIMARY KEY (id),
    CONSTRAINT uq_processing_activities_tenant_id_code UNIQUE (tenant_id, code),
    CONSTRAINT uq_processing_activities_tenant_id_id UNIQUE (tenant_id, id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON privacy_copies TO salus_app;

ALTER TABLE privacy_copies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON privacy_copies USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT ON retention_runs TO salus_app;

ALTER TABLE retention_runs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON retention_runs USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE ON privacy_erasures TO salus_app;

ALTER TABLE privacy_erasures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON privacy_erasures USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON legal_holds TO salus_app;

ALTER TABLE legal_holds ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON legal_holds USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (retired_at, retired_by) ON retention_rules TO salus_app;

ALTER TABLE retention_rules ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON retention_rules USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON processing_activities TO salus_app;

ALTER TABLE processing_activities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON processing_activities USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
