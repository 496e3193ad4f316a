CREATE TABLE api_keys (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    owner_id UUID NOT NULL,
    organisation_id UUID,
    roles TEXT[] NOT NULL,
    name_sealed BYTEA NOT NULL,
    scopes TEXT[] NOT NULL,
    networks TEXT[] NOT NULL,
    secret_hash BYTEA NOT NULL,
    rotated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    former_hash BYTEA,
    former_ends_at TIMESTAMP WITH TIME ZONE,
    warned_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    last_network TEXT,
    revoked_at TIMESTAMP WITH TIME ZONE,
    revoked_by UUID,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT ck_api_keys_no_secret_lasts_longer_than_a_year CHECK (expires_at <= rotated_at + interval '366 days'),
    CONSTRAINT ck_api_keys_the_former_secret_ends CHECK ((former_hash IS NULL) = (former_ends_at IS NULL)),
    CONSTRAINT ck_api_keys_secrets_overlap_for_a_day CHECK (former_ends_at <= rotated_at + interval '24 hours'),
    CONSTRAINT ck_api_keys_scopes_are_named CHECK (cardinality(scopes) > 0 AND NOT 'everything' = ANY (scopes)),
    CONSTRAINT ck_api_keys_roles_have_keys CHECK (roles <@ ARRAY['buyer', 'administrator'] AND cardinality(roles) > 0),
    CONSTRAINT ck_api_keys_buyers_act_for_one CHECK (('buyer' = ANY (roles)) = (organisation_id IS NOT NULL)),
    CONSTRAINT uq_api_keys_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_api_keys_tenant_id_owner_id FOREIGN KEY(tenant_id, owner_id) REFERENCES users (tenant_id, id),
    CONSTRAINT fk_api_keys_tenant_id_organisation_id FOREIGN KEY(tenant_id, organisation_id) REFERENCES organisations (tenant_id, id),
    CONSTRAINT fk_api_keys_tenant_id_revoked_by FOREIGN KEY(tenant_id, revoked_by) REFERENCES users (tenant_id, id)
);

CREATE INDEX ix_api_keys_tenant_id_expires_at ON api_keys (tenant_id, expires_at);

CREATE INDEX ix_api_keys_tenant_id_owner_id ON api_keys (tenant_id, owner_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON api_keys TO salus_app;

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON api_keys USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
