
-- E-mails can bring an entry for the reader's calendar.
ALTER TABLE mails
    ADD COLUMN calendar_sealed BYTEA,
    ADD COLUMN calendar_method VARCHAR(40),
    ADD CONSTRAINT ck_mails_calendar_method_is_known CHECK (calendar_method IN ('PUBLISH', 'REQUEST', 'CANCEL')),
    ADD CONSTRAINT ck_mails_calendars_have_a_method CHECK ((calendar_sealed IS NULL) = (calendar_method IS NULL));
