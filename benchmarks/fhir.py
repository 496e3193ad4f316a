"""The FHIR door: CPU per request of server and PostgreSQL, with sign-in, row-level security and records.

A `salus serve` process of its own is asked over HTTP by one client as a doctor, after the bundles of the sample
patients were loaded through the same door as transactions. CPU is read from /proc: all threads of the server, and all
processes of PostgreSQL. The peer's figures are of Medplum 5.0 on the same kind of machine with the same bundles
(measured apart, its audit and request logs off).

    uv run python -m benchmarks.fhir [--rounds 5] [--requests 200] [--dry]
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import psutil
import psycopg

from benchmarks.machine import described, write_section
from benchmarks.market import served
from salus.kernel import log
from salus.kernel.context import Origin, nobody
from salus.shared.people import actions as people
from tests.cast import PASSWORD, code_of, doctor, email_of
from tests.faults.installation import Installation, installed

BUNDLES = Path(__file__).parents[2] / "shared/data/fhir/synthea_r4_bundles"
TARGETS = {
    "read Patient": (0.9, 0.93),
    "read Observation": (0.9, 1.05),
    "search Patient by name": (1.5, 3.7),
    "search Patient by identifier": (1.5, 1.7),
    "search Observation by patient and code": (1.5, 1.5),
    "search with _include": (None, 2.9),
    "create Patient": (2.5, 6.0),
    "create Observation": (2.5, 6.0),
    "update Patient": (None, 7.9),
    "transaction of 10 entries": (12.0, 50.0),
}
"""What each may cost in milliseconds of CPU, and what it costs the peer."""

Ask = Callable[[], httpx.Response]


class Measured(NamedTuple):
    """Milliseconds for each request."""

    cpu_ms: float
    p50_ms: float
    p99_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--dry", action="store_true", help="print the section instead of writing it")
    options = parser.parse_args()
    log.configure(quiet=True)
    with installed() as here:
        token = token_of(here)
        with served() as (url, server):
            headers = {"authorization": f"Bearer {token}", "host": here.host, "content-type": "application/fhir+json"}
            client = httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60)
            loaded = load(client)
            with psycopg.connect(here.server.url("salus_admin"), autocommit=True) as admin:
                # What loading left behind to be cleaned up is no part of what a request costs.
                admin.execute("VACUUM ANALYZE")
                admin.execute("ALTER SYSTEM SET autovacuum = off")
                admin.execute("SELECT pg_reload_conf()")
            asked = questions(client)
            for ask in asked.values():
                measured(here, server, ask, 20)
            rounds = [
                {name: measured(here, server, ask, options.requests) for name, ask in asked.items()}
                for _ in range(options.rounds)
            ]
    lines = [described(), "", *told(rounds, loaded, options)]
    print("\n".join(lines))
    if not options.dry:
        write_section("FHIR", lines)


def token_of(here: Installation) -> str:
    """A doctor's, who is signed in to a program with both factors."""
    doctor(here.tenant, "Dora", organisation="Harbour Clinic")
    with nobody(here.tenant, origin=Origin("192.0.2.0/24", "api")) as ctx:
        return people.sign_in(ctx, email=email_of("Dora"), password=PASSWORD, code=code_of(here.tenant, "Dora")).token


def load(client: httpx.Client) -> str:
    """Every bundle as it is, those that the others refer to first; what it came to."""
    files = sorted(
        BUNDLES.glob("*.json"), key=lambda file: (not file.name.startswith(("hospital", "practitioner")), file)
    )
    began, count = time.perf_counter(), 0
    for file in files:
        answer = client.post("/fhir", content=file.read_bytes())
        assert answer.status_code == 200, answer.text[:500]
        count += len(answer.json()["entry"])
    took = time.perf_counter() - began
    return f"{len(files)} bundles with {count:,} resources were loaded at {count / took:,.0f} resources/s."


def questions(client: httpx.Client) -> dict[str, Ask]:
    """Every kind of request, over the patients in turn."""
    patients = [entry["resource"] for entry in client.get("/fhir/Patient?_count=50").json()["entry"]]
    turn = Turn(patients)
    heights = [
        entry["resource"]["id"]
        for one in patients
        for entry in client.get(f"/fhir/Observation?patient={one['id']}&_count=5").json()["entry"]
    ]
    height = Turn(heights)
    return {
        "read Patient": lambda: client.get(f"/fhir/Patient/{turn()['id']}"),
        "read Observation": lambda: client.get(f"/fhir/Observation/{height()}"),
        "search Patient by name": lambda: client.get("/fhir/Patient", params={"family": turn()["name"][0]["family"]}),
        "search Patient by identifier": lambda: client.get("/fhir/Patient", params={"identifier": mrn(turn())}),
        "search Observation by patient and code": lambda: client.get(
            "/fhir/Observation", params={"patient": turn()["id"], "code": "http://loinc.org|8302-2"}
        ),
        "search with _include": lambda: client.get(
            "/fhir/Observation",
            params={"patient": turn()["id"], "code": "8302-2", "_include": "Observation:patient"},
        ),
        "create Patient": lambda: client.post("/fhir/Patient", json=patient()),
        "create Observation": lambda: client.post("/fhir/Observation", json=observation(f"Patient/{turn()['id']}")),
        "update Patient": lambda: client.put(
            f"/fhir/Patient/{(one := turn())['id']}", json=one | {"language": uuid4().hex[:8]}
        ),
        "transaction of 10 entries": lambda: client.post("/fhir", content=json.dumps(transaction())),
    }


class Turn:
    """One after the other, and again."""

    def __init__(self, those: list[Any]) -> None:
        self.those, self.at = those, 0

    def __call__(self) -> Any:
        self.at += 1
        return self.those[self.at % len(self.those)]


def mrn(patient: dict[str, Any]) -> str:
    its = patient["identifier"][0]
    return f"{its['system']}|{its['value']}"


def patient() -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:example:mrn", "value": str(uuid4())}],
        "name": [{"family": f"Miller{uuid4().hex[:4]}", "given": ["Anna", "Maria"]}],
        "gender": "female",
        "birthDate": "1970-02-03",
        "address": [{"line": ["1 Harbour Street"], "city": "Boston", "state": "MA", "postalCode": "02110"}],
    }


def observation(subject: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}]},
        "subject": {"reference": subject},
        "effectiveDateTime": "2024-03-05T10:15:00Z",
        "valueQuantity": {"value": 71.5, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    }


def transaction() -> dict[str, Any]:
    """A patient with nine observations, which refer to it by a UUID that means nothing outside."""
    its = f"urn:uuid:{uuid4()}"
    created = [(its, patient()), *((f"urn:uuid:{uuid4()}", observation(its)) for _ in range(9))]
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": url, "resource": one, "request": {"method": "POST", "url": one["resourceType"]}}
            for url, one in created
        ],
    }


def measured(here: Installation, server: int, ask: Ask, requests: int) -> Measured:
    latencies = []
    before = cpu_s(here, server)
    for _ in range(requests):
        began = time.perf_counter()
        answer = ask()
        latencies.append((time.perf_counter() - began) * 1000)
        assert answer.status_code in {200, 201}, answer.text[:500]
    spent = (cpu_s(here, server) - before) * 1000 / requests
    latencies.sort()
    return Measured(spent, latencies[requests // 2], latencies[int(requests * 0.99)])


def cpu_s(here: Installation, server: int) -> float:
    """CPU time of the server's threads and of every process of PostgreSQL, those that ended among them."""
    postmaster = psutil.Process(int((here.home / "postgres/data/postmaster.pid").read_text().splitlines()[0]))
    times = [
        psutil.Process(server).cpu_times(),
        postmaster.cpu_times(),
        *(c.cpu_times() for c in postmaster.children()),
    ]
    ended = postmaster.cpu_times()
    return sum(one.user + one.system for one in times) + ended.children_user + ended.children_system


def told(rounds: list[dict[str, Measured]], loaded: str, options: argparse.Namespace) -> Iterator[str]:
    yield f"{loaded} One client; {options.rounds} rounds of {options.requests} requests each, medians [min-max]."
    yield "Where the load is above the number of cores, CPU time is longer than it is alone, by caches and shared"
    yield "cores: targets and peer are of a machine with less to do."
    yield ""
    yield "| request | CPU ms, server and PostgreSQL | target | peer | p50 ms | p99 ms |"
    yield "|---|---|---|---|---|---|"
    for name in rounds[0]:
        cells = [spread([getattr(one[name], figure) for one in rounds]) for figure in Measured._fields]
        target, peer = TARGETS[name]
        yield f"| {name} | {cells[0]} | {target or ''} | {peer} | {cells[1]} | {cells[2]} |"


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} [{min(values):.2f}-{max(values):.2f}]"


if __name__ == "__main__":
    main()
