"""TestScripts that compare FHIR servers, run against ours: which hold, and why the others do not."""

from pathlib import Path

from tests.fhir.conftest import Clinic
from tests.fhir.testscripts import run

NO_EXPORT = "Bulk export is not offered yet: what is asked for at once is had page by page."
BULK = (
    "MAY/ndjson-output-format-accepted",
    "MAY/system-export-discoverable",
    "MUST/patient-export-content-location",
    "MUST/patient-export-returns-202",
    "SHOULD/capability-declares-export",
    "SHOULD/group-export-discoverable",
)
WHY_NOT = {f"bulk-data-v2/{name}": NO_EXPORT for name in BULK} | {
    "fhir-r4-base/MAY/bulk-data-export": NO_EXPORT,
    "fhir-r4-base/MUST/silent-ignore": "FHIR lets the caller choose: what is not known is refused where they prefer "
    "handling=strict, and else named in the answer and left out of the link to itself (R4, 3.1.1.1).",
    "_archived/smart-on-fhir-v2/SHOULD/discovery-also-at-root": "SMART's configuration is under the FHIR base, where "
    "SMART puts it; at the root is that of OAuth and OpenID.",
}


def test_the_scripts_that_compare_servers_hold_but_for_those_that_are_named(clinic: Clinic, samples: Path) -> None:
    folder = samples / "fhir" / "conformance_testscripts" / "conformance" / "testscripts"
    results = dict(run(folder, clinic.fhir, clinic.token("Dora")))

    failed = {name: why for name, why in results.items() if why}
    assert (len(results), failed.keys()) == (37, WHY_NOT.keys()), failed
