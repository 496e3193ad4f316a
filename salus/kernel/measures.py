"""What is measured when somebody reads the metrics of a worker: what is owed, how far behind the background is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import text

from salus.kernel import log
from salus.kernel.actor import SYSTEM
from salus.kernel.context import Context, engine
from salus.kernel.tenants import tenants

OWED = text("""
SELECT count(*) FILTER (WHERE NOT given_up) AS waiting,
       count(*) FILTER (WHERE given_up) AS given_up,
       coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE NOT given_up)), 0)::float8 AS oldest_s
FROM owed
""")


@dataclass(frozen=True)
class Measure:
    """A gauge, by tenant."""

    name: str
    words: str
    function: Callable[[Context], float]


MEASURES: dict[str, Measure] = {}


def measure(name: str, words: str) -> Callable[[Callable[[Context], float]], Callable[[Context], float]]:
    """Make a gauge of a function that is given an unopened context. It is asked several times a minute."""

    def register(function: Callable[[Context], float]) -> Callable[[Context], float]:
        MEASURES[name] = Measure(name, words, function)
        return function

    return register


class Measures(Collector):
    """Asks the database whenever the metrics are read. Where it does not answer, these are missing and that is told."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing: to be registered must not cost a question."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        is_up = GaugeMetricFamily("salus_database_up", "Whether the worker reaches the database")
        try:
            yield from [*_owed(), *map(_by_tenant, list(MEASURES.values()))]
            is_up.add_metric([], 1)
        except Exception as error:
            log.report("the background could not be measured", error)
            is_up.add_metric([], 0)
        yield is_up


def begin() -> None:
    """Measure in this process from here on."""
    REGISTRY.register(Measures())


def _owed() -> Iterator[GaugeMetricFamily]:
    with engine().connect() as connection:
        connection.info["tenant"] = None
        with connection.begin():
            found = connection.execute(OWED).one()
    reactions = GaugeMetricFamily("salus_owed_reactions", "Reactions that records still owe", labels=["state"])
    reactions.add_metric(["waiting"], found.waiting)
    reactions.add_metric(["given_up"], found.given_up)
    yield reactions
    yield GaugeMetricFamily(
        "salus_owed_oldest_seconds", "Age of the oldest of them that is not given up", found.oldest_s
    )


def _by_tenant(measure: Measure) -> GaugeMetricFamily:
    family = GaugeMetricFamily(measure.name, measure.words, labels=["tenant"])
    for tenant in tenants():
        family.add_metric([tenant.slug], measure.function(Context(SYSTEM, tenant.id)))
    return family
