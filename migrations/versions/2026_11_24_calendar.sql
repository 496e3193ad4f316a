CREATE TABLE feeds (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    has_details BOOLEAN DEFAULT false NOT NULL,
    last_read_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_feeds PRIMARY KEY (id),
    CONSTRAINT uq_feeds_tenant_id_person_id UNIQUE (tenant_id, person_id),
    CONSTRAINT uq_feeds_tenant_id_token_hash UNIQUE (tenant_id, token_hash),
    CONSTRAINT uq_feeds_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_feeds_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES users (tenant_id, id)
);

CREATE TABLE locations (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    organisation_id UUID NOT NULL,
    name TEXT NOT NULL,
    address_lines TEXT[] DEFAULT '{}' NOT NULL,
    postal_code TEXT DEFAULT '' NOT NULL,
    city TEXT NOT NULL,
    country TEXT NOT NULL,
    subdivision TEXT,
    zone TEXT NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_locations PRIMARY KEY (id),
    CONSTRAINT ck_locations_country_is_iso_3166 CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT uq_locations_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_locations_tenant_id_organisation_id FOREIGN KEY(tenant_id, organisation_id) REFERENCES organisations (tenant_id, id)
);

CREATE INDEX ix_locations_tenant_id_organisation_id ON locations (tenant_id, organisation_id);

CREATE TABLE resources (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    organisation_id UUID,
    location_id UUID,
    person_id UUID,
    name TEXT,
    closed_on_holidays BOOLEAN DEFAULT true NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_resources PRIMARY KEY (id),
    CONSTRAINT uq_resources_tenant_id_id_number UNIQUE (tenant_id, id, number),
    CONSTRAINT uq_resources_tenant_id_person_id_kind UNIQUE (tenant_id, person_id, kind),
    CONSTRAINT ck_resources_kind_is_known CHECK (kind IN ('practitioner', 'room', 'device', 'person')),
    CONSTRAINT ck_resources_people_are_people CHECK ((kind IN ('practitioner', 'person')) = (person_id IS NOT NULL)),
    CONSTRAINT ck_resources_things_have_a_place CHECK ((kind IN ('room', 'device')) = (location_id IS NOT NULL)),
    CONSTRAINT ck_resources_things_have_a_name CHECK ((kind IN ('room', 'device')) = (name IS NOT NULL)),
    CONSTRAINT ck_resources_all_but_who_comes_belong_to_one CHECK ((kind = 'person') = (organisation_id IS NULL)),
    CONSTRAINT uq_resources_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_resources_tenant_id_organisation_id FOREIGN KEY(tenant_id, organisation_id) REFERENCES organisations (tenant_id, id),
    CONSTRAINT fk_resources_tenant_id_location_id FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id),
    CONSTRAINT fk_resources_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES users (tenant_id, id)
);

CREATE INDEX ix_resources_tenant_id_organisation_id ON resources (tenant_id, organisation_id);

CREATE TABLE blocks (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    resource_id UUID NOT NULL,
    sealed_for UUID NOT NULL,
    note_sealed BYTEA,
    CONSTRAINT pk_blocks PRIMARY KEY (id),
    CONSTRAINT uq_blocks_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_blocks_tenant_id_resource_id FOREIGN KEY(tenant_id, resource_id) REFERENCES resources (tenant_id, id)
);

CREATE INDEX ix_blocks_tenant_id_resource_id ON blocks (tenant_id, resource_id);

CREATE TABLE hours (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    resource_id UUID NOT NULL,
    location_id UUID NOT NULL,
    rule TEXT NOT NULL,
    starts TIME WITHOUT TIME ZONE NOT NULL,
    ends TIME WITHOUT TIME ZONE NOT NULL,
    valid_from DATE NOT NULL,
    valid_until DATE,
    CONSTRAINT pk_hours PRIMARY KEY (id),
    CONSTRAINT ck_hours_ends_after_it_starts CHECK (valid_until >= valid_from),
    CONSTRAINT ck_hours_is_not_empty CHECK (starts <> ends),
    CONSTRAINT uq_hours_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_hours_tenant_id_resource_id FOREIGN KEY(tenant_id, resource_id) REFERENCES resources (tenant_id, id),
    CONSTRAINT fk_hours_tenant_id_location_id FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id)
);

CREATE INDEX ix_hours_tenant_id_resource_id ON hours (tenant_id, resource_id);

CREATE TABLE claims (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    booking_id UUID NOT NULL,
    resource_id UUID NOT NULL,
    resource_no BIGINT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    blocked_from TIMESTAMP WITH TIME ZONE NOT NULL,
    blocked_until TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL,
    overbooked BOOLEAN DEFAULT false NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_claims PRIMARY KEY (id),
    CONSTRAINT fk_claims_resource FOREIGN KEY(tenant_id, resource_id, resource_no) REFERENCES resources (tenant_id, id, number),
    CONSTRAINT ex_claims_one_at_a_time EXCLUDE USING gist (int8range(resource_no, resource_no, '[]') WITH &&, tstzrange(blocked_from, blocked_until) WITH &&) WHERE (state IN ('held', 'booked') AND NOT overbooked),
    CONSTRAINT ck_claims_state_is_known CHECK (state IN ('held', 'booked', 'released')),
    CONSTRAINT ck_claims_ends_after_it_starts CHECK (starts_at < ends_at),
    CONSTRAINT ck_claims_buffers_surround_it CHECK (blocked_from <= starts_at AND ends_at <= blocked_until),
    CONSTRAINT ck_claims_is_bounded CHECK (isfinite(blocked_from) AND isfinite(blocked_until)),
    CONSTRAINT ck_claims_holds_expire CHECK ((state = 'held') = (expires_at IS NOT NULL)),
    CONSTRAINT uq_claims_tenant_id_id UNIQUE (tenant_id, id)
);

CREATE INDEX ix_claims_tenant_id_booking_id ON claims (tenant_id, booking_id);

CREATE INDEX ix_claims_held ON claims (tenant_id, expires_at) WHERE state = 'held';

CREATE INDEX ix_claims_live ON claims (tenant_id, resource_id, blocked_until) WHERE state IN ('held', 'booked');

CREATE TABLE special_hours (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    resource_id UUID NOT NULL,
    location_id UUID,
    kind TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sealed_for UUID NOT NULL,
    note_sealed BYTEA,
    CONSTRAINT pk_special_hours PRIMARY KEY (id),
    CONSTRAINT ck_special_hours_kind_is_known CHECK (kind IN ('closed', 'open')),
    CONSTRAINT ck_special_hours_ends_after_it_starts CHECK (starts_at < ends_at),
    CONSTRAINT ck_special_hours_open_somewhere CHECK ((kind = 'open') = (location_id IS NOT NULL)),
    CONSTRAINT uq_special_hours_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_special_hours_tenant_id_resource_id FOREIGN KEY(tenant_id, resource_id) REFERENCES resources (tenant_id, id),
    CONSTRAINT fk_special_hours_tenant_id_location_id FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id)
);

CREATE INDEX ix_special_hours_tenant_id_resource_id_ends_at ON special_hours (tenant_id, resource_id, ends_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON feeds TO salus_app;

ALTER TABLE feeds ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON feeds USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON blocks TO salus_app;

ALTER TABLE blocks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON blocks USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (organisation_id, location_id, name, closed_on_holidays, retired_at), DELETE ON resources TO salus_app;

ALTER TABLE resources ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON resources USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON locations TO salus_app;

ALTER TABLE locations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON locations USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON hours TO salus_app;

ALTER TABLE hours ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON hours USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE (state, expires_at), DELETE ON claims TO salus_app;

ALTER TABLE claims ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON claims USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON special_hours TO salus_app;

ALTER TABLE special_hours ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON special_hours USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
