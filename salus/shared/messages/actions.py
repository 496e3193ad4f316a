"""Telling people things."""

from uuid import UUID

from sqlalchemy import select, update

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, action
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.messages import letters, rules
from salus.shared.messages.letters import CalendarPart, Letter
from salus.shared.messages.models import Contact, Mail, MailState, Notice


@action(roles=WITHIN, told="noted where you are reached")
def reach(ctx: Context, person_id: UUID, *, at: str) -> Contact:
    """From now on this person gets e-mail `at` this address."""
    contact = _contact(ctx, person_id)
    if contact is None:
        contact = Contact(person_id=person_id)
        ctx.db.add(contact)
    contact.address = at
    ctx.tell(person_id=person_id)
    return contact


@action(roles=WITHIN, told="sent you a notice")
def notify(
    ctx: Context,
    /,
    person_id: UUID,
    template: str,
    *,
    link: str,
    calendar: CalendarPart | None = None,
    **values: object,
) -> Notice:
    """Tell a person something: a notice, and an e-mail if the template holds one, with a calendar file if there is one.

    `template` is `module/name` (see the module's words). `link` is the page it is about, an address of ours. The
    template sees `link` as a whole address.
    """
    letter = letters.write(template, calendar=calendar, link=_home(ctx) + link, **values)
    notice = Notice(person_id=person_id, template=template, title=letter.title, link=link)
    ctx.db.add(notice)
    ctx.tell(subject=notice, person_id=person_id, template=template)
    if letter.body:
        post(ctx, person_id, template, letter)
    return notice


@action(roles=WITHIN, told="wrote to you")
def write_to(
    ctx: Context,
    /,
    person_id: UUID,
    template: str,
    *,
    link: str,
    calendar: CalendarPart | None = None,
    **values: object,
) -> None:
    """Send a person an e-mail and no notice: for what only the owner of the mailbox may have, or knows already."""
    post(ctx, person_id, template, letters.write(template, calendar=calendar, link=_home(ctx) + link, **values))


@action(roles=WITHIN, told="put a letter to you into the outbox")
def post(ctx: Context, person_id: UUID, template: str, letter: Letter) -> Mail | None:
    """Put a letter into the outbox; None if nobody knows where this person is reached."""
    contact = _contact(ctx, person_id)
    ctx.tell(person_id=person_id, template=template)
    if contact is None:
        return None
    mail = Mail(person_id=person_id, template=template, address=contact.address, subject=letter.title, body=letter.body)
    if letter.calendar is not None:
        mail.calendar, mail.calendar_method = letter.calendar.file, letter.calendar.method
    ctx.db.add(mail)
    return mail


@action(roles={Role.SYSTEM}, told="sent you a letter")
def note_sending(ctx: Context, mail: Mail, *, is_taken: bool) -> Mail:
    """Whether the mail server took the mail."""
    ctx.lock(mail)
    mail.attempts += 1
    if is_taken:
        mail.state, mail.sent_at = MailState.SENT, ctx.now
    elif mail.state != MailState.SENT:
        mail.state = MailState.FAILED
    ctx.tell(person_id=mail.person_id)
    return mail


@action(roles={Role.PERSON}, told="opened a notice")
def read(ctx: Context, notice: Notice) -> Notice:
    """Mark one notice as read."""
    notice.read_at = notice.read_at or ctx.now
    return notice


@action(roles={Role.PERSON})
def read_all(ctx: Context) -> None:
    """Mark all of the actor's notices as read."""
    mine = update(Notice).where(Notice.person_id == ctx.actor.person_id, Notice.read_at.is_(None))
    ctx.db.execute(mine.values(read_at=ctx.now))


def _home(ctx: Context) -> str:
    return rules.home(settings().url, tenant_named(ctx.tenant_id).hosts)


def _contact(ctx: Context, person_id: UUID) -> Contact | None:
    return ctx.db.scalars(select(Contact).where(Contact.person_id == person_id)).one_or_none()
