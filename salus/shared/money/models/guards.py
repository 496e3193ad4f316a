"""What the database refuses to do to the ledger, whoever asks: the application, or the owner of the tables.

Constraints say most of it (models/ledger.py). Triggers say the rest: books are append-only, entries come in the
transaction of their posting, no posting is empty, and balances move only by entries. Each statement may be repeated.
"""

from sqlalchemy import DDL, event

from salus.shared.money.models.ledger import Account, Entry, Posting

FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the ledger is append-only; correct it by a reversal'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_is_append_only';
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION ledger_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.balance <> 0 THEN
                RAISE EXCEPTION 'an account starts empty'
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_account_starts_empty';
            END IF;
        -- The only statement that runs one trigger deep is the one in ledger_move_balances.
        ELSIF pg_trigger_depth() < 2
            OR (to_jsonb(NEW) - 'balance') IS DISTINCT FROM (to_jsonb(OLD) - 'balance') THEN
            RAISE EXCEPTION 'balances move only by entries'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_balance_moves_by_entries';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION ledger_stamp_posting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.transaction := pg_current_xact_id();
        RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION ledger_move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT transaction FROM ledger_postings WHERE tenant_id = NEW.tenant_id AND id = NEW.posting_id)
            IS DISTINCT FROM pg_current_xact_id() THEN
            RAISE EXCEPTION 'entries come with their posting'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_entry_is_not_late';
        END IF;
        UPDATE ledger_accounts
            SET balance = balance + CASE WHEN id = NEW.credit_id THEN NEW.amount ELSE -NEW.amount END
            WHERE tenant_id = NEW.tenant_id AND id IN (NEW.debit_id, NEW.credit_id);
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION ledger_refuse_empty() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM ledger_entries WHERE tenant_id = NEW.tenant_id AND posting_id = NEW.id) THEN
            RAISE EXCEPTION 'a posting needs entries'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_posting_is_not_empty';
        END IF;
        RETURN NULL;
    END $$
    """,
)


def _trigger(name: str, when: str, table: str, function: str, level: str = "FOR EACH ROW") -> str:
    return f"CREATE OR REPLACE TRIGGER {name} {when} ON {table} {level} EXECUTE FUNCTION {function}()"


BOOKS = (Account.__tablename__, Posting.__tablename__, Entry.__tablename__)

TRIGGERS = (
    *(
        _trigger("no_truncate", "BEFORE TRUNCATE", table, "ledger_refuse_change", "FOR EACH STATEMENT")
        for table in BOOKS
    ),
    _trigger("no_change", "BEFORE UPDATE OR DELETE", "ledger_entries", "ledger_refuse_change"),
    _trigger("no_change", "BEFORE UPDATE OR DELETE", "ledger_postings", "ledger_refuse_change"),
    _trigger("no_delete", "BEFORE DELETE", "ledger_accounts", "ledger_refuse_change"),
    _trigger("guard", "BEFORE INSERT OR UPDATE", "ledger_accounts", "ledger_guard_account"),
    _trigger("stamp", "BEFORE INSERT", "ledger_postings", "ledger_stamp_posting"),
    _trigger("move_balances", "AFTER INSERT", "ledger_entries", "ledger_move_balances"),
    "DROP TRIGGER IF EXISTS not_empty ON ledger_postings",
    "CREATE CONSTRAINT TRIGGER not_empty AFTER INSERT ON ledger_postings DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION ledger_refuse_empty()",
)

for statement in (*FUNCTIONS, *TRIGGERS):
    event.listen(Entry.__table__, "after_create", DDL(statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
