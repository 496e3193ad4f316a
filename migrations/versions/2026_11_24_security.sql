CREATE TABLE security_office_hours (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    time_zone TEXT NOT NULL,
    work_days SMALLINT[] NOT NULL,
    CONSTRAINT pk_security_office_hours PRIMARY KEY (id),
    CONSTRAINT uq_security_office_hours_tenant_id UNIQUE (tenant_id),
    CONSTRAINT ck_security_office_hours_days_are_iso_8601 CHECK (work_days <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[]),
    CONSTRAINT uq_security_office_hours_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE security_rules (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    operations TEXT[] NOT NULL,
    outcome TEXT,
    facts JSONB DEFAULT '{}' NOT NULL,
    grouped_by TEXT NOT NULL,
    counts TEXT NOT NULL,
    threshold INTEGER NOT NULL,
    window_s INTEGER NOT NULL,
    quiet_from TIME WITHOUT TIME ZONE,
    quiet_until TIME WITHOUT TIME ZONE,
    severity TEXT NOT NULL,
    response TEXT NOT NULL,
    enabled BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT pk_security_rules PRIMARY KEY (id),
    CONSTRAINT uq_security_rules_tenant_id_code UNIQUE (tenant_id, code),
    CONSTRAINT ck_security_rules_grouped_by_is_known CHECK (grouped_by IN ('actor', 'person', 'network', 'program', 'tenant')),
    CONSTRAINT ck_security_rules_counts_is_known CHECK (counts IN ('records', 'persons', 'subjects')),
    CONSTRAINT ck_security_rules_severity_is_known CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    CONSTRAINT ck_security_rules_response_is_known CHECK (response IN ('event', 'alert', 'incident')),
    CONSTRAINT ck_security_rules_outcome_is_known CHECK (outcome IN ('done', 'read', 'refused')),
    CONSTRAINT ck_security_rules_threshold_can_be_reached CHECK (threshold BETWEEN 1 AND 1000000),
    CONSTRAINT ck_security_rules_window_is_minutes_to_a_day CHECK (window_s BETWEEN 60 AND 86400),
    CONSTRAINT ck_security_rules_hours_have_both_ends CHECK ((quiet_from IS NULL) = (quiet_until IS NULL)),
    CONSTRAINT ck_security_rules_grave_is_never_silent CHECK (severity NOT IN ('high', 'critical') OR response <> 'event'),
    CONSTRAINT uq_security_rules_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE security_hours (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    hour TIMESTAMP WITH TIME ZONE NOT NULL,
    signed_in INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    disclosures INTEGER NOT NULL,
    CONSTRAINT pk_security_hours PRIMARY KEY (id),
    CONSTRAINT uq_security_hours_tenant_id_hour UNIQUE (tenant_id, hour),
    CONSTRAINT uq_security_hours_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE TABLE security_events (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    rule_id UUID NOT NULL,
    grouped_by TEXT NOT NULL,
    key TEXT NOT NULL,
    counted INTEGER NOT NULL,
    threshold INTEGER NOT NULL,
    severity TEXT NOT NULL,
    response TEXT NOT NULL,
    window_started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    first_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    first_record_id UUID NOT NULL,
    last_record_id UUID NOT NULL,
    correlation_ids TEXT[] NOT NULL,
    CONSTRAINT pk_security_events PRIMARY KEY (id),
    CONSTRAINT uq_security_events_tenant_id_rule_id_key_window_started_at UNIQUE (tenant_id, rule_id, key, window_started_at),
    CONSTRAINT ck_security_events_grouped_by_is_known CHECK (grouped_by IN ('actor', 'person', 'network', 'program', 'tenant')),
    CONSTRAINT ck_security_events_severity_is_known CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    CONSTRAINT ck_security_events_response_is_known CHECK (response IN ('event', 'alert', 'incident')),
    CONSTRAINT ck_security_events_something_was_counted CHECK (counted > 0),
    CONSTRAINT uq_security_events_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_security_events_tenant_id_rule_id FOREIGN KEY(tenant_id, rule_id) REFERENCES security_rules (tenant_id, id)
);

CREATE INDEX ix_security_events_tenant_id_created_at ON security_events (tenant_id, created_at);

CREATE TABLE security_alerts (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    event_id UUID NOT NULL,
    rule_id UUID NOT NULL,
    key TEXT NOT NULL,
    hour TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_security_alerts PRIMARY KEY (id),
    CONSTRAINT uq_security_alerts_tenant_id_rule_id_key_hour UNIQUE (tenant_id, rule_id, key, hour),
    CONSTRAINT uq_security_alerts_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_security_alerts_tenant_id_event_id FOREIGN KEY(tenant_id, event_id) REFERENCES security_events (tenant_id, id),
    CONSTRAINT fk_security_alerts_tenant_id_rule_id FOREIGN KEY(tenant_id, rule_id) REFERENCES security_rules (tenant_id, id)
);

CREATE TABLE security_acknowledgements (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    event_id UUID NOT NULL,
    acknowledged_by UUID NOT NULL,
    note_sealed BYTEA NOT NULL,
    CONSTRAINT pk_security_acknowledgements PRIMARY KEY (id),
    CONSTRAINT uq_security_acknowledgements_tenant_id_event_id UNIQUE (tenant_id, event_id),
    CONSTRAINT uq_security_acknowledgements_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_security_acknowledgements_tenant_id_event_id FOREIGN KEY(tenant_id, event_id) REFERENCES security_events (tenant_id, id),
    CONSTRAINT fk_security_acknowledgements_tenant_id_acknowledged_by FOREIGN KEY(tenant_id, acknowledged_by) REFERENCES users (tenant_id, id)
);

CREATE TABLE incidents (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    reference TEXT NOT NULL,
    category TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    became_aware_at TIMESTAMP WITH TIME ZONE NOT NULL,
    event_id UUID,
    opened_by UUID,
    reporter_id UUID,
    reporter_address_sealed BYTEA,
    words_sealed BYTEA NOT NULL,
    told_sealed BYTEA,
    notified_by UUID,
    notified_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_incidents PRIMARY KEY (id),
    CONSTRAINT uq_incidents_tenant_id_reference UNIQUE (tenant_id, reference),
    CONSTRAINT ck_incidents_category_is_known CHECK (category IN ('disclosure', 'alteration', 'loss', 'takeover', 'weakness', 'other')),
    CONSTRAINT ck_incidents_severity_is_known CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    CONSTRAINT ck_incidents_state_is_known CHECK (state IN ('reported', 'confirmed', 'dismissed', 'contained', 'resolved', 'closed')),
    CONSTRAINT uq_incidents_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_incidents_tenant_id_event_id FOREIGN KEY(tenant_id, event_id) REFERENCES security_events (tenant_id, id),
    CONSTRAINT fk_incidents_tenant_id_opened_by FOREIGN KEY(tenant_id, opened_by) REFERENCES users (tenant_id, id),
    CONSTRAINT fk_incidents_tenant_id_notified_by FOREIGN KEY(tenant_id, notified_by) REFERENCES users (tenant_id, id)
);

CREATE INDEX ix_incidents_tenant_id_state_created_at ON incidents (tenant_id, state, created_at);

CREATE UNIQUE INDEX uq_incidents_from_event ON incidents (tenant_id, event_id);

CREATE TABLE incident_clocks (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    incident_id UUID NOT NULL,
    code TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    met_at TIMESTAMP WITH TIME ZONE,
    excused_at TIMESTAMP WITH TIME ZONE,
    because_sealed BYTEA,
    decided_by UUID,
    reminded_percent INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_incident_clocks PRIMARY KEY (id),
    CONSTRAINT uq_incident_clocks_tenant_id_incident_id_code UNIQUE (tenant_id, incident_id, code),
    CONSTRAINT ck_incident_clocks_ends_after_it_began CHECK (due_at > started_at),
    CONSTRAINT ck_incident_clocks_met_or_excused CHECK (met_at IS NULL OR excused_at IS NULL),
    CONSTRAINT ck_incident_clocks_excused_with_a_reason CHECK ((excused_at IS NULL) = (because_sealed IS NULL)),
    CONSTRAINT ck_incident_clocks_reminders_are_three CHECK (reminded_percent IN (0, 50, 80, 100)),
    CONSTRAINT uq_incident_clocks_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_incident_clocks_tenant_id_incident_id FOREIGN KEY(tenant_id, incident_id) REFERENCES incidents (tenant_id, id),
    CONSTRAINT fk_incident_clocks_tenant_id_decided_by FOREIGN KEY(tenant_id, decided_by) REFERENCES users (tenant_id, id)
);

CREATE INDEX ix_incident_clocks_tenant_id_due_at ON incident_clocks (tenant_id, due_at) WHERE met_at IS NULL AND excused_at IS NULL;

CREATE TABLE incident_scopes (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    incident_id UUID NOT NULL,
    asked_by UUID NOT NULL,
    scope JSONB NOT NULL,
    found INTEGER NOT NULL,
    added INTEGER NOT NULL,
    CONSTRAINT pk_incident_scopes PRIMARY KEY (id),
    CONSTRAINT uq_incident_scopes_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_incident_scopes_tenant_id_incident_id FOREIGN KEY(tenant_id, incident_id) REFERENCES incidents (tenant_id, id),
    CONSTRAINT fk_incident_scopes_tenant_id_asked_by FOREIGN KEY(tenant_id, asked_by) REFERENCES users (tenant_id, id)
);

CREATE INDEX ix_incident_scopes_tenant_id_incident_id ON incident_scopes (tenant_id, incident_id);

CREATE TABLE incident_steps (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    incident_id UUID NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    taken_by UUID NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
    because_sealed BYTEA NOT NULL,
    CONSTRAINT pk_incident_steps PRIMARY KEY (id),
    CONSTRAINT uq_incident_steps_tenant_id_incident_id_to_state UNIQUE (tenant_id, incident_id, to_state),
    CONSTRAINT ck_incident_steps_step_leads_on CHECK ((from_state, to_state) IN (('reported', 'confirmed'), ('reported', 'dismissed'), ('confirmed', 'contained'), ('confirmed', 'dismissed'), ('contained', 'resolved'), ('resolved', 'closed'))),
    CONSTRAINT uq_incident_steps_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_incident_steps_tenant_id_incident_id FOREIGN KEY(tenant_id, incident_id) REFERENCES incidents (tenant_id, id),
    CONSTRAINT fk_incident_steps_tenant_id_taken_by FOREIGN KEY(tenant_id, taken_by) REFERENCES users (tenant_id, id)
);

CREATE TABLE incident_people (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    incident_id UUID NOT NULL,
    scope_id UUID NOT NULL,
    person_id UUID NOT NULL,
    records INTEGER NOT NULL,
    first_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    notified_at TIMESTAMP WITH TIME ZONE,
    unreachable BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_incident_people PRIMARY KEY (id),
    CONSTRAINT uq_incident_people_tenant_id_incident_id_person_id UNIQUE (tenant_id, incident_id, person_id),
    CONSTRAINT uq_incident_people_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_incident_people_tenant_id_incident_id FOREIGN KEY(tenant_id, incident_id) REFERENCES incidents (tenant_id, id),
    CONSTRAINT fk_incident_people_tenant_id_scope_id FOREIGN KEY(tenant_id, scope_id) REFERENCES incident_scopes (tenant_id, id)
);

GRANT SELECT, INSERT ON security_alerts TO salus_app;

ALTER TABLE security_alerts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON security_alerts USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT ON security_events TO salus_app;

ALTER TABLE security_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON security_events USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (started_at, due_at, met_at, excused_at, because_sealed, decided_by, reminded_percent) ON incident_clocks TO salus_app;

ALTER TABLE incident_clocks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON incident_clocks USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT ON security_acknowledgements TO salus_app;

ALTER TABLE security_acknowledgements ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON security_acknowledgements USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT ON incident_scopes TO salus_app;

ALTER TABLE incident_scopes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON incident_scopes USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT ON incident_steps TO salus_app;

ALTER TABLE incident_steps ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON incident_steps USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (category, severity, state, became_aware_at, told_sealed, notified_by, notified_at) ON incidents TO salus_app;

ALTER TABLE incidents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON incidents USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE ON security_office_hours TO salus_app;

ALTER TABLE security_office_hours ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON security_office_hours USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (notified_at, unreachable) ON incident_people TO salus_app;

ALTER TABLE incident_people ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON incident_people USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE ON security_rules TO salus_app;

ALTER TABLE security_rules ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON security_rules USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT ON security_hours TO salus_app;

ALTER TABLE security_hours ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON security_hours USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
