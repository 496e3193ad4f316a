"""What every insurer's adapter must do. The tests of an adapter inherit these and say how its insurer is reached."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from salus.kernel.ids import new_id
from salus.shared.insurance.gateways import InsurerGateway, InsurerRefused, InsurerUnavailable, Question
from salus.shared.insurance.models import Because, CheckState, Service


class Outside(ABC):
    """The world around an insurer under test: members of it, and what befalls it."""

    covered: str
    lapsed: str
    excluded: str
    asks_first: str
    unknown: str
    takes_time: str
    """Member numbers."""

    @abstractmethod
    def silence(self) -> AbstractContextManager[None]:
        """While it lasts, the insurer takes questions and answers none in time."""

    @abstractmethod
    def failure(self) -> AbstractContextManager[None]:
        """While it lasts, the insurer says that it fails."""

    @abstractmethod
    def absence(self) -> InsurerGateway:
        """The same adapter where nobody listens."""

    @abstractmethod
    def stranger(self) -> InsurerGateway:
        """The same adapter with a key that the insurer does not know."""

    @abstractmethod
    def lies(self) -> list[str]:
        """Everything that the insurer can be made to answer that is no answer to the question."""

    @abstractmethod
    def lie(self, which: str) -> AbstractContextManager[None]: ...


def question(member: str, service: Service = Service.CONSULTATION, days: int = 7) -> Question:
    now = datetime.now(UTC)
    return Question(new_id(), member, service, now.date() + timedelta(days=days), now)


class InsurerContract:
    """Needs the fixtures `insurer` and `outside`."""

    def test_a_member_is_covered(self, insurer: InsurerGateway, outside: Outside) -> None:
        answer = insurer.check(question(outside.covered))

        assert (answer.state, answer.because) == (CheckState.ELIGIBLE, Because.IN_FORCE)
        assert not answer.needs_authorization
        assert answer.disposition

    def test_the_plan_as_a_whole_can_be_asked_for(self, insurer: InsurerGateway, outside: Outside) -> None:
        assert insurer.check(question(outside.covered, Service.PLAN)).state is CheckState.ELIGIBLE

    def test_who_is_no_longer_insured_is_not_covered(self, insurer: InsurerGateway, outside: Outside) -> None:
        answer = insurer.check(question(outside.lapsed))

        assert (answer.state, answer.because) == (CheckState.NOT_ELIGIBLE, Because.NOT_IN_FORCE)

    def test_what_the_plan_excludes_is_not_covered(self, insurer: InsurerGateway, outside: Outside) -> None:
        answer = insurer.check(question(outside.excluded))

        assert (answer.state, answer.because) == (CheckState.NOT_ELIGIBLE, Because.NOT_COVERED)

    def test_what_must_be_agreed_beforehand_says_so(self, insurer: InsurerGateway, outside: Outside) -> None:
        answer = insurer.check(question(outside.asks_first))

        assert (answer.state, answer.needs_authorization) == (CheckState.ELIGIBLE, True)

    def test_a_number_that_nobody_knows_is_unknown_and_not_refused(
        self, insurer: InsurerGateway, outside: Outside
    ) -> None:
        answer = insurer.check(question(outside.unknown))

        assert (answer.state, answer.because) == (CheckState.UNKNOWN, Because.NOT_KNOWN)

    def test_what_must_be_looked_up_is_pending_until_it_is_asked_again(
        self, insurer: InsurerGateway, outside: Outside
    ) -> None:
        asked = question(outside.takes_time)

        first, second = insurer.check(asked), insurer.check(asked)

        assert (first.state, first.because) == (CheckState.PENDING, Because.QUEUED)
        assert second.state is CheckState.ELIGIBLE

    def test_the_same_question_gets_the_same_answer(self, insurer: InsurerGateway, outside: Outside) -> None:
        asked = question(outside.covered)

        assert insurer.check(asked) == insurer.check(replace(asked, asked_at=datetime.now(UTC)))

    def test_silence_ends_after_two_seconds(self, insurer: InsurerGateway, outside: Outside) -> None:
        began = datetime.now(UTC)
        with outside.silence(), pytest.raises(InsurerUnavailable) as told:
            insurer.check(question(outside.covered))

        assert told.value.because is Because.TIMEOUT
        assert datetime.now(UTC) - began < timedelta(seconds=4)

    def test_a_failure_is_one(self, insurer: InsurerGateway, outside: Outside) -> None:
        with outside.failure(), pytest.raises(InsurerUnavailable) as told:
            insurer.check(question(outside.covered))

        assert told.value.because is Because.FAILING

    def test_where_nobody_listens_nobody_is_reached(self, outside: Outside) -> None:
        with pytest.raises(InsurerUnavailable) as told:
            outside.absence().check(question(outside.covered))

        assert told.value.because is Because.UNREACHABLE

    def test_an_insurer_that_does_not_know_us_refuses_and_is_not_unavailable(self, outside: Outside) -> None:
        with pytest.raises(InsurerRefused):
            outside.stranger().check(question(outside.covered))

    def test_no_lie_is_believed(self, insurer: InsurerGateway, outside: Outside) -> None:
        lies = outside.lies()
        came = {lie: self.came_of(lie, insurer, outside) for lie in lies}

        assert len(lies) >= 5
        assert came == dict.fromkeys(lies, Because.NOT_BELIEVED)

    def came_of(self, lie: str, insurer: InsurerGateway, outside: Outside) -> Because:
        with outside.lie(lie):
            try:
                return insurer.check(question(outside.covered)).because
            except InsurerUnavailable as told:
                return told.because
