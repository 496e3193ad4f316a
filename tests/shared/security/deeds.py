"""What each rule is met by, as people really do it: one more of it each time."""

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from salus.exchanges.health_data.actions import imports, inspections
from salus.exchanges.health_data.queries import imports as import_queries
from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.errors import Refusal
from salus.kernel.ids import new_id
from salus.kernel.operations import admit, operation_of
from salus.shared.api_keys import actions as api_keys
from salus.shared.people import actions as people
from salus.shared.people import queries as people_queries
from salus.shared.records import queries as records
from salus.shared.records import reactions as record_reactions
from salus.shared.records.schemas import Export
from salus.shared.security import reactions
from salus.shared.security.actions import events
from salus.worker import settle_everything
from tests.cast import BROWSER, actor_of, administrator, buyer, email_of, seller, sign_up, ticket
from tests.exchanges.health_data.scene import Trade, export
from tests.shared.oauth.scene import app_of
from tests.shared.security.watchman import Watchman
from tests.world import till_of

AFAR = Origin(network="203.0.113.0/24", channel="browser")


class Deeds:
    """One tenant, and deeds that can be done there again and again."""

    def __init__(self, tenant: UUID, watchman: Watchman, folder: Path, owner_sql: Any, patch: pytest.MonkeyPatch):
        self.tenant, self.watchman, self.folder, self.owner_sql, self.patch = tenant, watchman, folder, owner_sql, patch
        self.ada = administrator(tenant)
        self.numbers = count()

    @cached_property
    def pia(self) -> Actor:
        return seller(self.tenant, "Pia")

    @cached_property
    def app(self) -> Any:
        return app_of(self.tenant, buyer(self.tenant, "Bruno", organisation="Helix Research"))

    @cached_property
    def recovery_codes(self) -> list[str]:
        with Context(self.fresh_ada, self.tenant) as ctx:
            return people.make_recovery_codes(ctx)

    @property
    def fresh_ada(self) -> Actor:
        return dataclasses.replace(self.ada, factor_at=datetime.now(UTC))

    @cached_property
    def delivered_files(self) -> list[Any]:
        trade = self.trade
        with till_of(self.tenant) as till:
            return list(trade.files(trade.delivered(till)).values())

    @cached_property
    def trade(self) -> Trade:
        bruno = buyer(self.tenant, "Bruno", organisation="Helix Research")
        return Trade(self.tenant, self.pia, bruno, self.ada, self.folder)

    def account(self) -> str:
        """The name of one more person with an account."""
        name = f"Person{next(self.numbers)}"
        sign_up(self.tenant, name)
        return name

    def fail_to_sign_in(self, name: str, origin: Origin) -> None:
        with suppress(Refusal), nobody(self.tenant, origin=origin) as ctx:
            people.sign_in(ctx, email=email_of(name), password="not the password at all")

    def fail_at_one_account(self) -> None:
        _ = self.pia
        self.fail_to_sign_in("Pia", BROWSER)

    def fail_from_one_network(self) -> None:
        self.fail_to_sign_in(f"Nobody{next(self.numbers)}", AFAR)

    def fail_at_one_more_account(self) -> None:
        self.fail_to_sign_in(self.account(), AFAR)

    def give_wrong_code(self) -> None:
        with suppress(Refusal), Context(self.half_way_ada(), self.tenant, origin=BROWSER) as ctx:
            people.confirm_totp(ctx, "000000")

    def use_recovery_code(self) -> None:
        code = self.recovery_codes[0]
        with Context(self.half_way_ada(), self.tenant, origin=BROWSER) as ctx:
            people.use_recovery_code(ctx, code)

    def half_way_ada(self) -> Actor:
        return actor_of(self.tenant, ticket(self.tenant, "Ada").token)

    def ask_for_what_is_not_theirs(self) -> None:
        with suppress(Refusal), Context(self.pia, self.tenant) as ctx:
            records.record(ctx, new_id())

    def ask_outside_ones_scopes(self) -> None:
        program = dataclasses.replace(self.pia, scopes=frozenset({"money:read"}), through=f"key/{self.pia.id}")
        with suppress(Refusal), Context(program, self.tenant) as ctx:
            admit(ctx, operation_of(people.rename))

    def come_with_a_key_that_does_not_work(self) -> None:
        with suppress(Refusal), nobody(self.tenant, origin=Origin(network="203.0.113.0/24", channel="api")) as ctx:
            api_keys.refuse(ctx, f"hx_{new_id().hex}_nothing")

    def use_a_token_twice(self) -> None:
        given = self.app.let_in_by(self.pia)
        self.app.refreshed(self.app.refreshed(given.refresh_token).refresh_token)
        with suppress(Refusal):
            self.app.refreshed(given.refresh_token)

    def open_one_more_persons_data(self) -> None:
        owner = seller(self.tenant, f"Owner{next(self.numbers)}")
        with Context(owner, self.tenant) as ctx:
            imports.bring_in(ctx, BytesIO(export(self.folder)), name="export.zip")
        settle_everything()
        self.open_data_of(owner)

    def open_data_at_night(self) -> None:
        """Night is whenever it is now."""
        self.open_data_of(self.owner_with_data)

    @cached_property
    def owner_with_data(self) -> Actor:
        with Context(self.pia, self.tenant) as ctx:
            imports.bring_in(ctx, BytesIO(export(self.folder)), name="export.zip")
        settle_everything()
        return self.pia

    def look_at_ones_own_data(self) -> None:
        with Context(self.owner_with_data, self.tenant) as ctx:
            import_queries.preview(ctx, import_queries.my_series(ctx)[0])

    def open_data_of(self, owner: Actor) -> None:
        with Context(self.fresh_ada, self.tenant) as ctx:
            inspections.open_health_data(ctx, owner.person_id, reason="ticket 7")

    def download_one_more_file(self) -> None:
        self.trade.read(self.delivered_files[next(self.numbers)])

    def make_an_administrator(self) -> None:
        with Context(self.fresh_ada, self.tenant) as ctx:
            people.grant_role(ctx, people_queries.person(ctx, self.pia.person_id), Role.ADMINISTRATOR)

    def export(self) -> None:
        with Context(self.fresh_ada, self.tenant) as ctx:
            records.export(ctx, Export())

    def find_the_log_damaged(self) -> None:
        record_reactions.seal(Context(SYSTEM, self.tenant))
        self.owner_sql("UPDATE records SET purpose = 'forged' WHERE operation = 'people.sign_in'", self.tenant)
        record_reactions.verify(Context(SYSTEM, self.tenant))

    def find_the_sealing_late(self) -> None:
        self.patch.setattr(events, "ALARMING_LAG_S", -1.0)
        reactions.watch_sealing(Context(SYSTEM, self.tenant))


DEEDS: dict[str, Callable[[Deeds], None]] = {
    "sign-in-account": Deeds.fail_at_one_account,
    "sign-in-network": Deeds.fail_from_one_network,
    "password-spraying": Deeds.fail_at_one_more_account,
    "wrong-second-factors": Deeds.give_wrong_code,
    "recovery-code": Deeds.use_recovery_code,
    "token-reuse": Deeds.use_a_token_twice,
    "refusals": Deeds.ask_for_what_is_not_theirs,
    "program-refused": Deeds.ask_outside_ones_scopes,
    "keys-refused": Deeds.come_with_a_key_that_does_not_work,
    "mass-reading": Deeds.open_one_more_persons_data,
    "mass-download": Deeds.download_one_more_file,
    "off-hours-opening": Deeds.open_data_at_night,
    "administrator-made": Deeds.make_an_administrator,
    "mass-export": Deeds.export,
    "log-damaged": Deeds.find_the_log_damaged,
    "sealing-late": Deeds.find_the_sealing_late,
}
