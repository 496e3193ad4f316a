CREATE TABLE clinical_moments (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    parameter_digest BIGINT NOT NULL,
    low BIGINT NOT NULL,
    high BIGINT NOT NULL,
    person_id UUID,
    CONSTRAINT pk_clinical_moments PRIMARY KEY (id, parameter_digest, low, high)
);

CREATE INDEX ix_clinical_moments_parameter_digest_low_id ON clinical_moments (parameter_digest, low, id);

CREATE TABLE clinical_assignments (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    patient_id UUID NOT NULL,
    doctor_id UUID NOT NULL,
    began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_clinical_assignments PRIMARY KEY (id),
    CONSTRAINT uq_clinical_assignments_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE UNIQUE INDEX uq_clinical_assignments_open ON clinical_assignments (tenant_id, doctor_id, patient_id) WHERE ended_at IS NULL;

CREATE TABLE clinical_words (
    word_digest BIGINT NOT NULL,
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID,
    CONSTRAINT pk_clinical_words PRIMARY KEY (word_digest, id)
);

CREATE TABLE clinical_amounts (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    parameter_digest BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    person_id UUID,
    CONSTRAINT pk_clinical_amounts PRIMARY KEY (id, parameter_digest, value)
);

CREATE INDEX ix_clinical_amounts_parameter_digest_value_id ON clinical_amounts (parameter_digest, value, id);

CREATE TABLE clinical_resources (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    resource_type TEXT NOT NULL,
    fhir_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    person_id UUID,
    sealed_for UUID NOT NULL,
    author_id UUID,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    content_sealed BYTEA NOT NULL,
    CONSTRAINT pk_clinical_resources PRIMARY KEY (id),
    CONSTRAINT uq_clinical_resources_tenant_id_resource_type_fhir_id UNIQUE (tenant_id, resource_type, fhir_id),
    CONSTRAINT uq_clinical_resources_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_clinical_resources_tenant_id_person_id ON clinical_resources (tenant_id, person_id);

CREATE TABLE clinical_versions (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    resource_id UUID NOT NULL,
    version INTEGER NOT NULL,
    person_id UUID,
    sealed_for UUID NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_deletion BOOLEAN DEFAULT false NOT NULL,
    content_sealed BYTEA NOT NULL,
    CONSTRAINT pk_clinical_versions PRIMARY KEY (id),
    CONSTRAINT uq_clinical_versions_tenant_id_resource_id_version UNIQUE (tenant_id, resource_id, version),
    CONSTRAINT uq_clinical_versions_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_clinical_versions_tenant_id_resource_id FOREIGN KEY(tenant_id, resource_id) REFERENCES clinical_resources (tenant_id, id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON clinical_moments TO salus_app;

ALTER TABLE clinical_moments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON clinical_moments USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON clinical_assignments TO salus_app;

ALTER TABLE clinical_assignments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON clinical_assignments USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON clinical_words TO salus_app;

ALTER TABLE clinical_words ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON clinical_words USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON clinical_amounts TO salus_app;

ALTER TABLE clinical_amounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON clinical_amounts USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, DELETE ON clinical_versions TO salus_app;

ALTER TABLE clinical_versions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON clinical_versions USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON clinical_resources TO salus_app;

ALTER TABLE clinical_resources ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON clinical_resources USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
