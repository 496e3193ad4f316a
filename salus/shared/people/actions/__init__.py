"""What people do with their accounts, and administrators with people."""

from salus.shared.people.actions.accounts import (
    announce,
    change_password,
    rename,
    request_reset,
    reset_password,
    send_reset,
    send_verification,
    sign_up,
    verify_email,
    warn_of_sign_up,
)
from salus.shared.people.actions.factors import confirm_totp, remove_totp, set_up_totp
from salus.shared.people.actions.organisations import accept_invitation, invite, review_organisation
from salus.shared.people.actions.reviews import (
    end_role,
    ensure_first_administrator,
    grant_role,
    restore,
    review_seller,
    suspend,
)
from salus.shared.people.actions.sessions import (
    end_session,
    forget_attempts,
    note_activity,
    sign_in,
    sign_out,
    sign_out_everywhere,
)

__all__ = [
    "accept_invitation",
    "announce",
    "change_password",
    "confirm_totp",
    "end_role",
    "end_session",
    "ensure_first_administrator",
    "forget_attempts",
    "grant_role",
    "invite",
    "note_activity",
    "remove_totp",
    "rename",
    "request_reset",
    "reset_password",
    "restore",
    "review_organisation",
    "review_seller",
    "send_reset",
    "send_verification",
    "set_up_totp",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "sign_up",
    "suspend",
    "verify_email",
    "warn_of_sign_up",
]
