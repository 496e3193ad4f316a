ALTER TABLE organisations DROP CONSTRAINT ck_organisations_kind_is_known;
ALTER TABLE organisations ADD CONSTRAINT ck_organisations_kind_is_known
    CHECK (kind IN ('company', 'university', 'hospital', 'practice', 'public_body', 'charity'));

ALTER TABLE memberships DROP CONSTRAINT ck_memberships_role_is_known;
ALTER TABLE memberships ADD CONSTRAINT ck_memberships_role_is_known
    CHECK (role IN ('seller', 'buyer', 'patient', 'doctor', 'overbooker', 'administrator'));
ALTER TABLE memberships DROP CONSTRAINT ck_memberships_buyers_have_an_organisation;
ALTER TABLE memberships ADD CONSTRAINT ck_memberships_some_are_held_in_an_organisation
    CHECK ((role IN ('buyer', 'doctor')) = (organisation_id IS NOT NULL));

ALTER TABLE invitations ADD COLUMN role TEXT DEFAULT 'buyer' NOT NULL;
ALTER TABLE invitations ADD CONSTRAINT ck_invitations_role_is_known CHECK (role IN ('buyer', 'doctor'));

ALTER TABLE api_keys DROP CONSTRAINT ck_api_keys_roles_have_keys;
ALTER TABLE api_keys ADD CONSTRAINT ck_api_keys_roles_have_keys
    CHECK (roles <@ ARRAY['buyer', 'doctor', 'administrator'] AND cardinality(roles) > 0);
ALTER TABLE api_keys DROP CONSTRAINT ck_api_keys_buyers_act_for_one;
ALTER TABLE api_keys ADD CONSTRAINT ck_api_keys_some_act_for_an_organisation
    CHECK ((roles && ARRAY['buyer', 'doctor']) = (organisation_id IS NOT NULL));

ALTER TABLE oauth_clients DROP CONSTRAINT ck_oauth_clients_role;
ALTER TABLE oauth_clients ADD CONSTRAINT ck_oauth_clients_role
    CHECK (role IN ('administrator', 'buyer', 'doctor'));
ALTER TABLE oauth_clients DROP CONSTRAINT ck_oauth_clients_buyers_have_an_organisation;
ALTER TABLE oauth_clients ADD CONSTRAINT ck_oauth_clients_all_but_the_operators_act_for_an_organisation
    CHECK ((role = 'administrator') = (organisation_id IS NULL));
