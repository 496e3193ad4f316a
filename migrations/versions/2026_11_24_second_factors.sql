CREATE TABLE recovery_codes (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    user_id UUID NOT NULL,
    code_hash BYTEA NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_recovery_codes PRIMARY KEY (id),
    CONSTRAINT uq_recovery_codes_tenant_id_user_id_code_hash UNIQUE (tenant_id, user_id, code_hash),
    CONSTRAINT uq_recovery_codes_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_recovery_codes_tenant_id_user_id FOREIGN KEY(tenant_id, user_id) REFERENCES users (tenant_id, id)
);

CREATE TABLE webauthn_challenges (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    challenge_hash BYTEA NOT NULL,
    ceremony TEXT NOT NULL,
    asker_hash BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_webauthn_challenges PRIMARY KEY (id),
    CONSTRAINT uq_webauthn_challenges_tenant_id_challenge_hash UNIQUE (tenant_id, challenge_hash),
    CONSTRAINT ck_webauthn_challenges_ceremony_is_known CHECK (ceremony IN ('registration', 'authentication')),
    CONSTRAINT uq_webauthn_challenges_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_webauthn_challenges_tenant_id_expires_at ON webauthn_challenges (tenant_id, expires_at);

CREATE TABLE security_keys (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    user_id UUID NOT NULL,
    name_sealed BYTEA NOT NULL,
    rp_id TEXT NOT NULL,
    credential_id BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    sign_count BIGINT NOT NULL,
    transports TEXT[] NOT NULL,
    is_backed_up BOOLEAN NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_security_keys PRIMARY KEY (id),
    CONSTRAINT uq_security_keys_tenant_id_credential_id UNIQUE (tenant_id, credential_id),
    CONSTRAINT ck_security_keys_sign_count_is_32_bits CHECK (sign_count BETWEEN 0 AND 4294967295),
    CONSTRAINT uq_security_keys_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_security_keys_tenant_id_user_id FOREIGN KEY(tenant_id, user_id) REFERENCES users (tenant_id, id)
);

CREATE INDEX ix_security_keys_tenant_id_user_id ON security_keys (tenant_id, user_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_codes TO salus_app;

ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON recovery_codes USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON webauthn_challenges TO salus_app;

ALTER TABLE webauthn_challenges ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON webauthn_challenges USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON security_keys TO salus_app;

ALTER TABLE security_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON security_keys USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE users ADD COLUMN password_needs_factor BOOLEAN DEFAULT false NOT NULL;
