"""What people are told in the application."""

from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound, SignInNeeded
from salus.kernel.operations import action
from salus.shared.messages import actions, letters, queries


@action(roles={Role.PERSON})
def greet(ctx: Context, person_id: UUID, *, role: str = "seller", link: str = "/account") -> None:
    """An operation that tells somebody something, as those of other modules do."""
    actions.notify(ctx, person_id, "people/role-granted", link=link, role=role)


@pytest.fixture
def told(tenant: UUID, pia: Actor) -> None:
    """Pia has read all that came before, and was told one thing since."""
    with Context(pia, tenant) as ctx:
        actions.read_all(ctx)
        greet(ctx, pia.person_id)


@pytest.mark.usefixtures("told")
def test_a_person_sees_what_they_were_told_until_they_read_it(tenant: UUID, pia: Actor) -> None:
    with Context(pia, tenant) as ctx:
        newest = queries.notices(ctx)[0]
        assert (newest.title, newest.link) == ("You have a new role: seller", "/account")
        assert queries.unread(ctx) == 1
        actions.read(ctx, newest)

    with Context(pia, tenant) as ctx:
        assert queries.unread(ctx) == 0


@pytest.mark.usefixtures("told")
def test_a_notice_keeps_the_moment_of_its_first_reading(tenant: UUID, pia: Actor) -> None:
    with Context(pia, tenant) as ctx:
        first = actions.read(ctx, queries.notices(ctx)[0]).read_at
    with Context(pia, tenant) as ctx:
        actions.read(ctx, queries.notices(ctx)[0])
        actions.read_all(ctx)

    with Context(pia, tenant) as ctx:
        assert queries.notices(ctx)[0].read_at == first


@pytest.mark.usefixtures("told")
def test_nobody_sees_or_reads_what_others_were_told(tenant: UUID, pia: Actor, paul: Actor) -> None:
    with Context(pia, tenant) as ctx:
        hers = queries.notices(ctx)[0].id
    with Context(paul, tenant) as ctx:
        assert hers not in [notice.id for notice in queries.notices(ctx)]
        actions.read_all(ctx)
    with pytest.raises(NotFound), Context(paul, tenant) as ctx:
        queries.notice(ctx, hers)

    with Context(pia, tenant) as ctx:
        assert queries.unread(ctx) == 1


def test_a_stranger_is_told_nothing(tenant: UUID) -> None:
    with pytest.raises(SignInNeeded), Context(Actor(None), tenant) as ctx:
        queries.notices(ctx)


@pytest.mark.usefixtures("told")
def test_the_words_of_a_notice_are_kept_encrypted(tenant: UUID, owner_sql) -> None:
    kept = owner_sql("SELECT row_to_json(notices)::text FROM notices", tenant)

    assert kept
    assert b"new role".hex() not in str(kept)


@pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_a_notice_leads_nowhere_else(tenant: UUID, pia: Actor, link: str) -> None:
    with pytest.raises(IntegrityError), Context(pia, tenant) as ctx:
        greet(ctx, pia.person_id, link=link)


def test_a_value_cannot_write_lines_of_its_own_into_a_letter() -> None:
    letter = letters.write("people/role-granted", link="http://x/", role="seller\r\n\r\nPay here: http://evil.example/")

    assert letter.title == "You have a new role: seller Pay here: http://evil.example/"
    assert "evil" not in letter.body


def test_a_template_of_one_line_makes_no_mail(tenant: UUID, pia: Actor) -> None:
    assert letters.write("people/review-waiting", link="http://x/").body == ""
