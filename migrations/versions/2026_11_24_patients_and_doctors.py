"""People see doctors, and doctors act for practices (step 1 of 1)."""

from alembic import op

from salus.migrate import run_script_beside

revision = "2026_11_24_patients_and_doctors"
down_revision = "2026_11_24_names_of_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script_beside(__file__)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
    ALTER TABLE organisations DROP CONSTRAINT ck_organisations_kind_is_known;
    ALTER TABLE organisations ADD CONSTRAINT ck_organisations_kind_is_known
        CHECK (kind IN ('company', 'university', 'hospital', 'public_body', 'charity'));
    ALTER TABLE memberships DROP CONSTRAINT ck_memberships_role_is_known;
    ALTER TABLE memberships ADD CONSTRAINT ck_memberships_role_is_known
        CHECK (role IN ('seller', 'buyer', 'administrator'));
    ALTER TABLE memberships DROP CONSTRAINT ck_memberships_some_are_held_in_an_organisation;
    ALTER TABLE memberships ADD CONSTRAINT ck_memberships_buyers_have_an_organisation
        CHECK ((role = 'buyer') = (organisation_id IS NOT NULL));
    ALTER TABLE invitations DROP COLUMN role;
    ALTER TABLE api_keys DROP CONSTRAINT ck_api_keys_roles_have_keys;
    ALTER TABLE api_keys ADD CONSTRAINT ck_api_keys_roles_have_keys
        CHECK (roles <@ ARRAY['buyer', 'administrator'] AND cardinality(roles) > 0);
    ALTER TABLE api_keys DROP CONSTRAINT ck_api_keys_some_act_for_an_organisation;
    ALTER TABLE api_keys ADD CONSTRAINT ck_api_keys_buyers_act_for_one
        CHECK (('buyer' = ANY (roles)) = (organisation_id IS NOT NULL));
    ALTER TABLE oauth_clients DROP CONSTRAINT ck_oauth_clients_role;
    ALTER TABLE oauth_clients ADD CONSTRAINT ck_oauth_clients_role CHECK (role IN ('administrator', 'buyer'));
    ALTER TABLE oauth_clients DROP CONSTRAINT ck_oauth_clients_all_but_the_operators_act_for_an_organisation;
    ALTER TABLE oauth_clients ADD CONSTRAINT ck_oauth_clients_buyers_have_an_organisation
        CHECK ((role = 'buyer') = (organisation_id IS NOT NULL));
    """)
