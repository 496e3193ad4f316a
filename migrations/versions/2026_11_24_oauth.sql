CREATE TABLE oauth_signing_keys (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    kid TEXT NOT NULL,
    public JSONB NOT NULL,
    private_sealed BYTEA NOT NULL,
    signs_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_oauth_signing_keys PRIMARY KEY (id),
    CONSTRAINT uq_oauth_signing_keys_tenant_id_kid UNIQUE (tenant_id, kid),
    CONSTRAINT uq_oauth_signing_keys_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_oauth_signing_keys_tenant_id_signs_from ON oauth_signing_keys (tenant_id, signs_from);

CREATE TABLE oauth_clients (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    grant_types TEXT[] NOT NULL,
    redirect_uris TEXT[] NOT NULL,
    scopes TEXT[] NOT NULL,
    registered_by UUID NOT NULL,
    role TEXT NOT NULL,
    organisation_id UUID,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_oauth_clients PRIMARY KEY (id),
    CONSTRAINT ck_oauth_clients_kind CHECK (kind IN ('public', 'confidential')),
    CONSTRAINT ck_oauth_clients_grant_types CHECK (grant_types <@ ARRAY['authorization_code', 'refresh_token', 'client_credentials'] AND grant_types <> '{}'),
    CONSTRAINT ck_oauth_clients_role CHECK (role IN ('administrator', 'buyer')),
    CONSTRAINT ck_oauth_clients_scopes CHECK (scopes <> '{}'),
    CONSTRAINT ck_oauth_clients_buyers_have_an_organisation CHECK ((role = 'buyer') = (organisation_id IS NOT NULL)),
    CONSTRAINT ck_oauth_clients_codes_need_somewhere_to_go CHECK (('authorization_code' = ANY (grant_types)) = (redirect_uris <> '{}')),
    CONSTRAINT ck_oauth_clients_acts_alone_with_a_secret CHECK (kind = 'confidential' OR NOT 'client_credentials' = ANY (grant_types)),
    CONSTRAINT uq_oauth_clients_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_oauth_clients_tenant_id_registered_by FOREIGN KEY(tenant_id, registered_by) REFERENCES users (tenant_id, id),
    CONSTRAINT fk_oauth_clients_tenant_id_organisation_id FOREIGN KEY(tenant_id, organisation_id) REFERENCES organisations (tenant_id, id)
);

CREATE INDEX ix_oauth_clients_tenant_id_registered_by ON oauth_clients (tenant_id, registered_by);

CREATE INDEX ix_oauth_clients_tenant_id_organisation_id ON oauth_clients (tenant_id, organisation_id);

CREATE TABLE oauth_client_secrets (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    client_id UUID NOT NULL,
    secret_hash BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_oauth_client_secrets PRIMARY KEY (id),
    CONSTRAINT uq_oauth_client_secrets_tenant_id_secret_hash UNIQUE (tenant_id, secret_hash),
    CONSTRAINT uq_oauth_client_secrets_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_oauth_client_secrets_tenant_id_client_id FOREIGN KEY(tenant_id, client_id) REFERENCES oauth_clients (tenant_id, id)
);

CREATE INDEX ix_oauth_client_secrets_tenant_id_client_id ON oauth_client_secrets (tenant_id, client_id);

CREATE TABLE oauth_permissions (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    client_id UUID NOT NULL,
    scopes TEXT[] NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_oauth_permissions PRIMARY KEY (id),
    CONSTRAINT ck_oauth_permissions_scopes CHECK (scopes <> '{}'),
    CONSTRAINT uq_oauth_permissions_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_oauth_permissions_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES users (tenant_id, id),
    CONSTRAINT fk_oauth_permissions_tenant_id_client_id FOREIGN KEY(tenant_id, client_id) REFERENCES oauth_clients (tenant_id, id)
);

CREATE UNIQUE INDEX uq_oauth_permissions_held ON oauth_permissions (tenant_id, person_id, client_id) WHERE ended_at IS NULL;

CREATE TABLE oauth_families (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    client_id UUID NOT NULL,
    person_id UUID NOT NULL,
    permission_id UUID,
    scopes TEXT[] NOT NULL,
    authenticated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    factor_at TIMESTAMP WITH TIME ZONE,
    nonce TEXT,
    code_hash BYTEA,
    redirect_uri TEXT,
    code_challenge TEXT,
    code_expires_at TIMESTAMP WITH TIME ZONE,
    code_used_at TIMESTAMP WITH TIME ZONE,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_oauth_families PRIMARY KEY (id),
    CONSTRAINT uq_oauth_families_tenant_id_code_hash UNIQUE (tenant_id, code_hash),
    CONSTRAINT ck_oauth_families_codes_come_from_people CHECK ((permission_id IS NULL) = (code_hash IS NULL)),
    CONSTRAINT ck_oauth_families_code_knows_where CHECK ((code_hash IS NULL) = (redirect_uri IS NULL)),
    CONSTRAINT ck_oauth_families_code_has_a_challenge CHECK ((code_hash IS NULL) = (code_challenge IS NULL)),
    CONSTRAINT ck_oauth_families_code_expires CHECK ((code_hash IS NULL) = (code_expires_at IS NULL)),
    CONSTRAINT uq_oauth_families_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_oauth_families_tenant_id_client_id FOREIGN KEY(tenant_id, client_id) REFERENCES oauth_clients (tenant_id, id),
    CONSTRAINT fk_oauth_families_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES users (tenant_id, id),
    CONSTRAINT fk_oauth_families_tenant_id_permission_id FOREIGN KEY(tenant_id, permission_id) REFERENCES oauth_permissions (tenant_id, id)
);

CREATE INDEX ix_oauth_families_tenant_id_ends_at ON oauth_families (tenant_id, ends_at);

CREATE INDEX ix_oauth_families_tenant_id_person_id ON oauth_families (tenant_id, person_id);

CREATE INDEX ix_oauth_families_tenant_id_client_id ON oauth_families (tenant_id, client_id);

CREATE TABLE oauth_refresh_tokens (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    family_id UUID NOT NULL,
    parent_id UUID,
    token_hash BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_oauth_refresh_tokens PRIMARY KEY (id),
    CONSTRAINT uq_oauth_refresh_tokens_tenant_id_token_hash UNIQUE (tenant_id, token_hash),
    CONSTRAINT uq_oauth_refresh_tokens_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_oauth_refresh_tokens_tenant_id_family_id FOREIGN KEY(tenant_id, family_id) REFERENCES oauth_families (tenant_id, id),
    CONSTRAINT fk_oauth_refresh_tokens_tenant_id_parent_id FOREIGN KEY(tenant_id, parent_id) REFERENCES oauth_refresh_tokens (tenant_id, id)
);

CREATE UNIQUE INDEX uq_oauth_refresh_tokens_child ON oauth_refresh_tokens (tenant_id, parent_id) WHERE withdrawn_at IS NULL;

CREATE INDEX ix_oauth_refresh_tokens_tenant_id_family_id ON oauth_refresh_tokens (tenant_id, family_id);

GRANT SELECT, INSERT, DELETE ON oauth_signing_keys TO salus_app;

ALTER TABLE oauth_signing_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON oauth_signing_keys USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_client_secrets TO salus_app;

ALTER TABLE oauth_client_secrets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON oauth_client_secrets USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_clients TO salus_app;

ALTER TABLE oauth_clients ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON oauth_clients USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_permissions TO salus_app;

ALTER TABLE oauth_permissions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON oauth_permissions USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_families TO salus_app;

ALTER TABLE oauth_families ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON oauth_families USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON oauth_refresh_tokens TO salus_app;

ALTER TABLE oauth_refresh_tokens ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON oauth_refresh_tokens USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
