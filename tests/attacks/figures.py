"""What the attacks amount to, in figures: `python -m tests.attacks.figures` runs them all and prints one table.

Every test of this folder says what it tried. In an ordinary run that is a line in the output; here the lines become a
table, together with the defences that other folders attack.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COLLECTED_IN = "SALUS_ATTACK_FIGURES"


@dataclass(frozen=True)
class Figure:
    """One attack by one test: at how many places, with how many requests, and what it found."""

    attack: str
    places: int
    requests: int
    findings: int

    def __str__(self) -> str:
        return f"{self.attack}: {self.requests:,} tries at {self.places:,} places, {self.findings} findings"


def note(figure: Figure) -> None:
    """Keep it for the table, if one is being made."""
    collected_in = os.environ.get(COLLECTED_IN)
    if collected_in:
        with Path(collected_in).open("a") as file:
            file.write(json.dumps(asdict(figure)) + "\n")


def collect() -> tuple[list[Figure], bool]:
    """Run every attack; what they noted, and whether all of them were withstood."""
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as file:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "tests/attacks"],
            cwd=ROOT, env=os.environ | {COLLECTED_IN: file.name}, stdout=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        figures = [Figure(**json.loads(line)) for line in file]
    return figures, run.returncode == 0


def together(figures: list[Figure]) -> Figure:
    return Figure(
        "all of them",
        sum(one.places for one in figures),
        sum(one.requests for one in figures),
        sum(one.findings for one in figures),
    )


def main() -> int:
    from salus.app import create_app
    from salus.kernel.operations import OPERATIONS
    from salus.web.audit import doors
    from tests.attacks.catalogue import ATTACKS

    walked = doors(create_app())
    figures, withstood = collect()
    width = max(len(figure.attack) for figure in figures)
    print(f"{len(walked)} doors and {len(OPERATIONS)} operations walked\n")  # noqa: T201
    for figure in figures:
        print(f"{figure.attack:<{width}} {figure.places:>7,} places {figure.requests:>8,} tries {figure.findings:>3}")  # noqa: T201
    total = Figure(
        "all", sum(f.places for f in figures), sum(f.requests for f in figures), sum(f.findings for f in figures)
    )
    print(f"{total.attack:<{width}} {total.places:>7,} places {total.requests:>8,} tries {total.findings:>3}\n")  # noqa: T201
    print()  # noqa: T201
    for attack in ATTACKS:
        print(f"{attack.name}: {', '.join(attack.tests)}")  # noqa: T201
    return 0 if withstood else 1


if __name__ == "__main__":
    sys.exit(main())
