"""Whoever looks after an installation is told what is wrong, and shown figures that exist."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.metrics import MetricWrapperBase

from salus import modules
from salus.kernel import metrics
from salus.kernel.measures import Measures
from salus.kernel.operations import OPERATIONS
from tests.promtool import run

OPS = Path(__file__).parents[2] / "ops"
PROMETHEUS = OPS / "prometheus"
DASHBOARDS = sorted((OPS / "grafana" / "dashboards").glob("*.json"))
METRIC = re.compile(r"\b(salus_[a-z_]+)(?:\{([^}]*)\})?")
OF_PROMETHEUS = {"instance", "job"}


def alerts() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def panels() -> Iterator[tuple[str, str]]:
    """Every question of a dashboard, with the panel that asks it."""
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{file.stem}: {panel['title']}", target["expr"]


def questions() -> list[tuple[str, str]]:
    return [*panels(), *((name, rule["expr"]) for name, rule in alerts().items())]


@pytest.fixture(scope="module")
def known(home: Path) -> dict[str, set[str]]:
    """The labels of everything that can be asked for, by its name."""
    modules.load_all()
    found: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            endings = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(metric._type, [""])
            found |= {metric._name + ending: {*metric._labelnames, "le"} for ending in endings}
    for family in Measures().collect():
        found[family.name] = {label for sample in family.samples for label in sample.labels} | {"tenant"}
    return found


def test_prometheus_takes_the_configuration(promtool: str) -> None:
    run(promtool, "check", "config", str(PROMETHEUS / "prometheus.yml"))


def test_every_alert_speaks_when_it_must_and_is_silent_otherwise(promtool: str) -> None:
    run(promtool, "test", "rules", str(PROMETHEUS / "alerts_test.yml"))

    expected: dict[str, set[bool]] = {}
    for case in yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]:
        for moment in case["alert_rule_test"]:
            expected.setdefault(moment["alertname"], set()).add(bool(moment["exp_alerts"]))
    assert expected == {name: {True, False} for name in alerts()}


def test_every_alert_says_what_to_do() -> None:
    assert [name for name, rule in alerts().items() if not rule["annotations"].get("action")] == []


def test_every_figure_that_is_asked_for_exists_with_its_labels(known: dict[str, set[str]]) -> None:
    wrong = [
        f"{where}: {name}{{{label}}}"
        for where, question in questions()
        for name, chosen in METRIC.findall(question)
        for label in [None, *re.findall(r"(\w+)\s*=?[=!~]", chosen)]
        if name not in known or (label is not None and label not in known[name] | OF_PROMETHEUS)
    ]

    assert len(questions()) > 40
    assert wrong == []


def test_every_operation_that_is_asked_for_exists(home: Path) -> None:
    modules.load_all()
    named = {
        name
        for _, question in questions()
        for several in re.findall(r'operation=~?"([^"]+)"', question)
        for name in several.split("|")
    }

    assert len(named) >= 4
    assert named <= OPERATIONS.keys()


def test_prometheus_can_read_every_question_of_a_dashboard(promtool: str, tmp_path: Path) -> None:
    rules = [{"record": f"panel_{number}", "expr": question} for number, (_, question) in enumerate(panels())]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

    run(promtool, "check", "rules", str(tmp_path / "panels.yml"))


def test_what_is_served_is_as_prometheus_wants_it(promtool: str, home: Path) -> None:
    metrics.OPERATION_SECONDS.labels("people.sign_in").observe(0.1)
    metrics.REQUESTS.labels("GET", "/", "200").inc()

    run(promtool, "check", "metrics", given=generate_latest(metrics.REGISTRY).decode())


def test_every_operation_counts_from_nought(home: Path) -> None:
    """Where a series begins with the first time, `increase` does not see that time: an alert would come too late."""
    modules.load_all()
    counted = {
        (sample.labels["operation"], sample.labels["outcome"])
        for family in metrics.OPERATIONS.collect()
        for sample in family.samples
        if sample.name == "salus_operations_total"
    }

    assert {(name, outcome) for name in OPERATIONS for outcome in ("done", "refused", "failed")} <= counted
