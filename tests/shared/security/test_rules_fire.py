"""Each rule that a tenant begins with fires on what really happens, once, and not one below its threshold."""

from contextlib import suppress
from uuid import UUID

from watchman import Watchman

from salus.kernel.actor import Actor
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.errors import Refusal
from salus.kernel.ids import new_id
from salus.shared.people import actions as people
from salus.shared.records import queries as records
from tests.cast import BROWSER, email_of, sign_up, ticket

FAR = Origin(network="203.0.113.0/24", channel="browser")


def fail_to_sign_in(tenant: UUID, name: str, times: int, *, network: str | None = None) -> None:
    for _ in range(times):
        origin = Origin(network=network, channel="browser") if network else BROWSER
        with suppress(Refusal), nobody(tenant, origin=origin) as ctx:
            people.sign_in(ctx, email=email_of(name), password="not the password at all")


def test_failed_sign_ins_to_one_account(tenant: UUID, watchman: Watchman) -> None:
    sign_up(tenant, "Pia")
    fail_to_sign_in(tenant, "Pia", 4)
    assert watchman.watch() == []

    fail_to_sign_in(tenant, "Pia", 1)

    assert watchman.watch() == ["sign-in-account"]
    assert watchman.watch() == ["sign-in-account"]


def test_failed_sign_ins_from_one_network(tenant: UUID, watchman: Watchman) -> None:
    for at in range(19):
        fail_to_sign_in(tenant, f"Nobody{at}", 1, network="203.0.113.0/24")
    fail_to_sign_in(tenant, "Nobody", 1)
    assert watchman.watch() == []

    fail_to_sign_in(tenant, "Nobody", 1, network="203.0.113.0/24")

    assert watchman.watch() == ["sign-in-network"]
    (event,) = watchman.events()
    assert (event.key, event.counted) == ("203.0.113.0/24", 20)


def test_a_burst_of_refusals(tenant: UUID, watchman: Watchman, pia: Actor) -> None:
    def ask(times: int) -> None:
        for _ in range(times):
            with suppress(Refusal), Context(pia, tenant) as ctx:
                records.record(ctx, new_id())

    ask(9)
    assert watchman.watch() == []

    ask(1)

    assert watchman.watch() == ["refusals"]
    assert watchman.events()[0].key == str(pia.id)
