"""Mails are sent in the background, so a slow mail server makes nobody wait."""

from salus.kernel.context import Context
from salus.kernel.records import Record, after
from salus.shared.messages import actions, gateways, queries
from salus.shared.messages.letters import CalendarPart
from salus.shared.messages.models import MailState


@after("messages.post", long=True)
def send(ctx: Context, record: Record) -> None:
    """Hand the mail to the mail server, outside of any transaction.

    What it does not take now stays owed, and so does what it was not asked to take because it failed too often. What it
    refuses for good is not tried again.
    """
    office = gateways.post_office()
    if office is None or record.subject_id is None:
        return
    with ctx.again() as reading:
        mail = queries.mail_if_kept(reading, record.subject_id)
        # Of somebody who was erased meanwhile there is no mail any more.
        if mail is None or mail.state == MailState.SENT:
            return
        message = gateways.message(
            mail.id,
            to=mail.address,
            subject=mail.subject,
            body=mail.body,
            at=mail.created_at,
            calendar=CalendarPart(mail.calendar_method, mail.calendar) if mail.calendar_method else None,
        )
    try:
        office.send(message)
    except gateways.MailRefused:
        _note(ctx, record, is_taken=False)
        return
    except gateways.MailNotTaken:
        _note(ctx, record, is_taken=False)
        raise
    _note(ctx, record, is_taken=True)


def _note(ctx: Context, record: Record, *, is_taken: bool) -> None:
    assert record.subject_id is not None  # noqa: S101
    with ctx.again() as noting:
        actions.note_sending(noting, queries.mail_to_send(noting, record.subject_id), is_taken=is_taken)
