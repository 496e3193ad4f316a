CREATE TABLE identity_providers (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    client_secret_sealed BYTEA,
    scopes TEXT NOT NULL,
    is_trusted_with_email BOOLEAN DEFAULT false NOT NULL,
    is_trusted_with_factor BOOLEAN DEFAULT false NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_identity_providers PRIMARY KEY (id),
    CONSTRAINT uq_identity_providers_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE UNIQUE INDEX uq_identity_providers_in_use ON identity_providers (tenant_id, issuer, client_id) WHERE retired_at IS NULL;

CREATE TABLE federated_sign_ins (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    provider_id UUID NOT NULL,
    is_link BOOLEAN NOT NULL,
    person_id UUID,
    state_hash BYTEA NOT NULL,
    browser_hash BYTEA NOT NULL,
    nonce_sealed BYTEA NOT NULL,
    verifier_sealed BYTEA NOT NULL,
    next_page TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    returned_at TIMESTAMP WITH TIME ZONE,
    arrived_at TIMESTAMP WITH TIME ZONE,
    subject_index BYTEA,
    email_sealed BYTEA,
    name_sealed BYTEA,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_federated_sign_ins PRIMARY KEY (id),
    CONSTRAINT uq_federated_sign_ins_tenant_id_state_hash UNIQUE (tenant_id, state_hash),
    CONSTRAINT ck_federated_sign_ins_a_link_is_somebodys CHECK (NOT is_link OR person_id IS NOT NULL),
    CONSTRAINT ck_federated_sign_ins_who_arrived_is_known CHECK ((subject_index IS NULL) = (arrived_at IS NULL)),
    CONSTRAINT uq_federated_sign_ins_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_federated_sign_ins_tenant_id_provider_id FOREIGN KEY(tenant_id, provider_id) REFERENCES identity_providers (tenant_id, id)
);

CREATE INDEX ix_federated_sign_ins_tenant_id_expires_at ON federated_sign_ins (tenant_id, expires_at);

CREATE TABLE linked_identities (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    subject_index BYTEA NOT NULL,
    email_sealed BYTEA,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_linked_identities PRIMARY KEY (id),
    CONSTRAINT uq_linked_identities_tenant_id_provider_id_subject_index UNIQUE (tenant_id, provider_id, subject_index),
    CONSTRAINT uq_linked_identities_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_linked_identities_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES users (tenant_id, id),
    CONSTRAINT fk_linked_identities_tenant_id_provider_id FOREIGN KEY(tenant_id, provider_id) REFERENCES identity_providers (tenant_id, id)
);

CREATE INDEX ix_linked_identities_tenant_id_person_id ON linked_identities (tenant_id, person_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON federated_sign_ins TO salus_app;

ALTER TABLE federated_sign_ins ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON federated_sign_ins USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON linked_identities TO salus_app;

ALTER TABLE linked_identities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON linked_identities USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON identity_providers TO salus_app;

ALTER TABLE identity_providers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON identity_providers USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

-- Whoever comes with an account elsewhere has no password until they choose one.
ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL;
