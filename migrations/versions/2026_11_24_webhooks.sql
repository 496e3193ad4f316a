CREATE TABLE reading_places (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    reader TEXT NOT NULL,
    transaction xid8 NOT NULL,
    record_id UUID NOT NULL,
    CONSTRAINT pk_reading_places PRIMARY KEY (id),
    CONSTRAINT uq_reading_places_tenant_id_reader UNIQUE (tenant_id, reader),
    CONSTRAINT uq_reading_places_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE webhook_subscriptions (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    scope TEXT NOT NULL,
    owner_id UUID NOT NULL,
    made_by UUID NOT NULL,
    url_sealed BYTEA NOT NULL,
    destination_digest BYTEA NOT NULL,
    topics TEXT[] NOT NULL,
    secret_sealed BYTEA NOT NULL,
    former_secret_sealed BYTEA,
    former_ends_at TIMESTAMP WITH TIME ZONE,
    state TEXT NOT NULL,
    paused_because TEXT,
    failing_since TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_webhook_subscriptions PRIMARY KEY (id),
    CONSTRAINT ck_webhook_subscriptions_scope_is_known CHECK (scope IN ('person', 'organisation', 'tenant')),
    CONSTRAINT ck_webhook_subscriptions_state_is_known CHECK (state IN ('active', 'paused', 'ended')),
    CONSTRAINT ck_webhook_subscriptions_a_pause_has_a_reason CHECK ((state = 'paused') = (paused_because IS NOT NULL)),
    CONSTRAINT ck_webhook_subscriptions_the_former_secret_ends CHECK ((former_secret_sealed IS NULL) = (former_ends_at IS NULL)),
    CONSTRAINT ck_webhook_subscriptions_topics_are_named CHECK (cardinality(topics) BETWEEN 1 AND 50),
    CONSTRAINT uq_webhook_subscriptions_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_webhook_subscriptions_tenant_id_made_by FOREIGN KEY(tenant_id, made_by) REFERENCES users (tenant_id, id)
);

CREATE INDEX ix_webhook_subscriptions_tenant_id_owner_id ON webhook_subscriptions (tenant_id, owner_id);

CREATE INDEX ix_webhook_subscriptions_active ON webhook_subscriptions (tenant_id, id) WHERE state = 'active';

CREATE TABLE webhook_deliveries (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    subscription_id UUID NOT NULL,
    event_id UUID NOT NULL,
    operation TEXT NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    subject_type TEXT,
    subject_id UUID,
    state TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tries INTEGER NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_webhook_deliveries PRIMARY KEY (id),
    CONSTRAINT uq_webhook_deliveries_tenant_id_subscription_id_event_id UNIQUE (tenant_id, subscription_id, event_id),
    CONSTRAINT ck_webhook_deliveries_state_is_known CHECK (state IN ('waiting', 'delivered', 'given_up')),
    CONSTRAINT ck_webhook_deliveries_what_ended_knows_when CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CONSTRAINT ck_webhook_deliveries_a_subject_has_a_type CHECK ((subject_id IS NULL) = (subject_type IS NULL)),
    CONSTRAINT uq_webhook_deliveries_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_webhook_deliveries_tenant_id_subscription_id FOREIGN KEY(tenant_id, subscription_id) REFERENCES webhook_subscriptions (tenant_id, id)
);

CREATE INDEX ix_webhook_deliveries_due ON webhook_deliveries (tenant_id, subscription_id, due_at) WHERE state = 'waiting';

CREATE INDEX ix_webhook_deliveries_tenant_id_subscription_id_created_at ON webhook_deliveries (tenant_id, subscription_id, created_at);

CREATE INDEX ix_webhook_deliveries_tenant_id_created_at ON webhook_deliveries (tenant_id, created_at);

CREATE TABLE webhook_attempts (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    delivery_id UUID NOT NULL,
    owner_id UUID NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER,
    problem TEXT,
    answer_sealed BYTEA,
    CONSTRAINT pk_webhook_attempts PRIMARY KEY (id),
    CONSTRAINT ck_webhook_attempts_an_answer_or_a_problem CHECK ((status IS NULL) <> (problem IS NULL)),
    CONSTRAINT uq_webhook_attempts_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_webhook_attempts_tenant_id_delivery_id FOREIGN KEY(tenant_id, delivery_id) REFERENCES webhook_deliveries (tenant_id, id)
);

CREATE INDEX ix_webhook_attempts_tenant_id_delivery_id ON webhook_attempts (tenant_id, delivery_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON reading_places TO salus_app;

ALTER TABLE reading_places ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON reading_places USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_subscriptions TO salus_app;

ALTER TABLE webhook_subscriptions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON webhook_subscriptions USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, DELETE ON webhook_attempts TO salus_app;

ALTER TABLE webhook_attempts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON webhook_attempts USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_deliveries TO salus_app;

ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON webhook_deliveries USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
