CREATE TABLE doctors (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    resource_id UUID NOT NULL,
    public_name TEXT NOT NULL,
    specialties TEXT[] NOT NULL,
    languages TEXT[] NOT NULL,
    insurers UUID[] NOT NULL,
    about TEXT NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_doctors PRIMARY KEY (id),
    CONSTRAINT uq_doctors_tenant_id_person_id UNIQUE (tenant_id, person_id),
    CONSTRAINT uq_doctors_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_doctors_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES users (tenant_id, id),
    CONSTRAINT fk_doctors_tenant_id_organisation_id FOREIGN KEY(tenant_id, organisation_id) REFERENCES organisations (tenant_id, id)
);

CREATE INDEX ix_doctors_tenant_id_organisation_id ON doctors (tenant_id, organisation_id);

CREATE INDEX ix_doctors_tenant_id_published_at ON doctors (tenant_id, published_at);

CREATE TABLE visit_types (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    doctor_id UUID NOT NULL,
    name TEXT NOT NULL,
    description TEXT DEFAULT '' NOT NULL,
    mode VARCHAR(40) NOT NULL,
    location_id UUID,
    minutes INTEGER NOT NULL,
    before_minutes INTEGER DEFAULT 0 NOT NULL,
    after_minutes INTEGER DEFAULT 0 NOT NULL,
    every_minutes INTEGER DEFAULT 15 NOT NULL,
    price_cents BIGINT NOT NULL,
    currency TEXT NOT NULL,
    service VARCHAR(40) DEFAULT '30' NOT NULL,
    needs JSONB DEFAULT '[]' NOT NULL,
    most_in_series INTEGER DEFAULT 1 NOT NULL,
    notice_hours INTEGER DEFAULT 1 NOT NULL,
    horizon_days INTEGER DEFAULT 90 NOT NULL,
    free_until_hours INTEGER DEFAULT 24 NOT NULL,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_visit_types PRIMARY KEY (id),
    CONSTRAINT ck_visit_types_mode_is_known CHECK (mode IN ('in_person', 'video', 'phone')),
    CONSTRAINT ck_visit_types_service_is_known CHECK (service IN ('30', '1', '3', '4', '5', '35', '62', '69', 'F6')),
    CONSTRAINT ck_visit_types_lasts_between_5_minutes_and_12_hours CHECK (minutes BETWEEN 5 AND 720),
    CONSTRAINT ck_visit_types_buffers CHECK (before_minutes BETWEEN 0 AND 240 AND after_minutes BETWEEN 0 AND 240),
    CONSTRAINT ck_visit_types_begins_every CHECK (every_minutes BETWEEN 5 AND 240),
    CONSTRAINT ck_visit_types_price CHECK (price_cents >= 0),
    CONSTRAINT ck_visit_types_series CHECK (most_in_series BETWEEN 1 AND 52),
    CONSTRAINT ck_visit_types_notice CHECK (notice_hours BETWEEN 0 AND 720),
    CONSTRAINT ck_visit_types_horizon CHECK (horizon_days BETWEEN 1 AND 365),
    CONSTRAINT ck_visit_types_free_until CHECK (free_until_hours BETWEEN 0 AND 720),
    CONSTRAINT uq_visit_types_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_visit_types_tenant_id_doctor_id FOREIGN KEY(tenant_id, doctor_id) REFERENCES doctors (tenant_id, id),
    CONSTRAINT fk_visit_types_tenant_id_location_id FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id)
);

CREATE INDEX ix_visit_types_tenant_id_doctor_id ON visit_types (tenant_id, doctor_id);

CREATE TABLE appointments (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    patient_id UUID NOT NULL,
    doctor_id UUID NOT NULL,
    visit_type_id UUID NOT NULL,
    location_id UUID,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    zone TEXT NOT NULL,
    state VARCHAR(40) NOT NULL,
    price_cents BIGINT NOT NULL,
    currency TEXT NOT NULL,
    payer VARCHAR(40) NOT NULL,
    coverage_id UUID,
    check_id UUID,
    reason_sealed BYTEA,
    series_id UUID,
    sequence INTEGER NOT NULL,
    is_overbooked BOOLEAN NOT NULL,
    overbooked_because_sealed BYTEA,
    booked_by UUID NOT NULL,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    cancelled_by UUID,
    is_late BOOLEAN NOT NULL,
    cancelled_because_sealed BYTEA,
    reminded_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_appointments PRIMARY KEY (id),
    CONSTRAINT ck_appointments_state_is_known CHECK (state IN ('booked', 'arrived', 'fulfilled', 'cancelled', 'noshow')),
    CONSTRAINT ck_appointments_payer_is_known CHECK (payer IN ('insurance', 'self')),
    CONSTRAINT ck_appointments_ends_after_it_starts CHECK (starts_at < ends_at),
    CONSTRAINT ck_appointments_cancelled_knows_when CHECK ((state = 'cancelled') = (cancelled_at IS NOT NULL)),
    CONSTRAINT ck_appointments_insurance_is_somebodys CHECK ((payer = 'insurance') = (coverage_id IS NOT NULL)),
    CONSTRAINT uq_appointments_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_patient_id FOREIGN KEY(tenant_id, patient_id) REFERENCES users (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_doctor_id FOREIGN KEY(tenant_id, doctor_id) REFERENCES doctors (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_visit_type_id FOREIGN KEY(tenant_id, visit_type_id) REFERENCES visit_types (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_location_id FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_coverage_id FOREIGN KEY(tenant_id, coverage_id) REFERENCES coverages (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_check_id FOREIGN KEY(tenant_id, check_id) REFERENCES eligibility_checks (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_booked_by FOREIGN KEY(tenant_id, booked_by) REFERENCES users (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_cancelled_by FOREIGN KEY(tenant_id, cancelled_by) REFERENCES users (tenant_id, id)
);

CREATE INDEX ix_appointments_tenant_id_series_id ON appointments (tenant_id, series_id);

CREATE INDEX ix_appointments_coming ON appointments (tenant_id, starts_at) WHERE state = 'booked';

CREATE INDEX ix_appointments_tenant_id_doctor_id_starts_at ON appointments (tenant_id, doctor_id, starts_at);

CREATE INDEX ix_appointments_tenant_id_patient_id_starts_at ON appointments (tenant_id, patient_id, starts_at);

CREATE INDEX ix_appointments_check ON appointments (tenant_id, check_id);

CREATE TABLE waiting (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    patient_id UUID NOT NULL,
    doctor_id UUID NOT NULL,
    visit_type_id UUID NOT NULL,
    appointment_id UUID,
    from_day DATE NOT NULL,
    until_day DATE NOT NULL,
    weekdays INTEGER[] NOT NULL,
    from_hour INTEGER NOT NULL,
    until_hour INTEGER NOT NULL,
    state VARCHAR(40) NOT NULL,
    unanswered INTEGER NOT NULL,
    CONSTRAINT pk_waiting PRIMARY KEY (id),
    CONSTRAINT ck_waiting_state_is_known CHECK (state IN ('waiting', 'offered', 'resting', 'booked', 'left', 'ended')),
    CONSTRAINT ck_waiting_ends_after_it_starts CHECK (from_day <= until_day),
    CONSTRAINT ck_waiting_weekdays CHECK (cardinality(weekdays) > 0 AND weekdays <@ ARRAY[0, 1, 2, 3, 4, 5, 6]),
    CONSTRAINT ck_waiting_hours CHECK (from_hour < until_hour AND from_hour >= 0 AND until_hour <= 24),
    CONSTRAINT uq_waiting_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_waiting_tenant_id_patient_id FOREIGN KEY(tenant_id, patient_id) REFERENCES users (tenant_id, id),
    CONSTRAINT fk_waiting_tenant_id_doctor_id FOREIGN KEY(tenant_id, doctor_id) REFERENCES doctors (tenant_id, id),
    CONSTRAINT fk_waiting_tenant_id_visit_type_id FOREIGN KEY(tenant_id, visit_type_id) REFERENCES visit_types (tenant_id, id),
    CONSTRAINT fk_waiting_tenant_id_appointment_id FOREIGN KEY(tenant_id, appointment_id) REFERENCES appointments (tenant_id, id)
);

CREATE UNIQUE INDEX uq_waiting_once ON waiting (tenant_id, patient_id, visit_type_id) WHERE state IN ('waiting', 'offered', 'resting');

CREATE INDEX ix_waiting_queue ON waiting (tenant_id, doctor_id, id) WHERE state = 'waiting';

CREATE TABLE offered_times (
    id UUID NOT NULL,
    tenant_id UUID DEFAULT current_setting('app.tenant')::uuid NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    waiting_id UUID NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    location_id UUID,
    zone TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(40) NOT NULL,
    CONSTRAINT pk_offered_times PRIMARY KEY (id),
    CONSTRAINT ck_offered_times_state_is_known CHECK (state IN ('open', 'accepted', 'declined', 'expired')),
    CONSTRAINT ck_offered_times_ends_after_it_starts CHECK (starts_at < ends_at),
    CONSTRAINT ck_offered_times_expires_before_it_starts CHECK (expires_at < starts_at),
    CONSTRAINT uq_offered_times_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_offered_times_tenant_id_waiting_id FOREIGN KEY(tenant_id, waiting_id) REFERENCES waiting (tenant_id, id),
    CONSTRAINT fk_offered_times_tenant_id_location_id FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id)
);

CREATE UNIQUE INDEX uq_offered_times_open ON offered_times (tenant_id, waiting_id) WHERE state = 'open';

CREATE INDEX ix_offered_times_expiring ON offered_times (tenant_id, expires_at) WHERE state = 'open';

GRANT SELECT, INSERT, UPDATE, DELETE ON appointments TO salus_app;

ALTER TABLE appointments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON appointments USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON doctors TO salus_app;

ALTER TABLE doctors ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON doctors USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON visit_types TO salus_app;

ALTER TABLE visit_types ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON visit_types USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON offered_times TO salus_app;

ALTER TABLE offered_times ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON offered_times USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE, DELETE ON waiting TO salus_app;

ALTER TABLE waiting ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON waiting USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);

-- E-mails can bring an entry for the reader's calendar.
ALTER TABLE mails
    ADD COLUMN calendar_sealed BYTEA,
    ADD COLUMN calendar_method VARCHAR(40),
    ADD CONSTRAINT ck_mails_calendar_method_is_known CHECK (calendar_method IN ('PUBLISH', 'REQUEST', 'CANCEL')),
    ADD CONSTRAINT ck_mails_calendars_have_a_method CHECK ((calendar_sealed IS NULL) = (calendar_method IS NULL));
