"""Reading Apple Health: Salus to Parquet, beside readers that only count and one that fills SQLite.

    uv run python -m benchmarks.reading            # 500 MB, three rounds, writes its section of RESULTS.md
    uv run python -m benchmarks.reading --mb 50 --rounds 1 --dry

Each reader is a process of its own, in turn, several rounds; start-up and imports are inside. Memory is the largest sum
of resident memory over the process and its children, looked at 20 times a second.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import psutil

from benchmarks.machine import described, write_section
from salus.formats.apple_health.generate import synthetic_export

HERE = Path(__file__).resolve()
SAMPLES = HERE.parents[1] / "../shared/data/health"
MB_PER_DAY = 0.2102
TARGET = "Target: 150 MB/s to Parquet on 4 cores, at most 500 MB of memory."


def salus(xml: Path, folder: Path) -> int:
    from salus.formats.apple_health import open_export

    with open_export(xml) as export:
        summary = export.write_parquet(folder)
    return sum(found.read for found in summary.types if found.kind in {"quantity", "category"})


def stdlib_iterparse(xml: Path, _: Path) -> int:
    return _counted(ElementTree.iterparse(xml, events=("start", "end")))


def lxml_iterparse(xml: Path, _: Path) -> int:
    from lxml import etree

    return _counted(etree.iterparse(str(xml), events=("start", "end"), resolve_entities=False, load_dtd=False))


def _counted(events: Iterator[tuple[str, ElementTree.Element]]) -> int:
    _, root = next(events)
    count = 0
    for event, element in events:
        if event == "end" and element.tag == "Record":
            count += 1
            root.clear()
    return count


def healthkit_to_sqlite(xml: Path, folder: Path) -> int:
    command = [str(Path(sys.executable).with_name("healthkit-to-sqlite")), "--silent", "--xml", str(xml), "health.db"]
    subprocess.run(command, check=True, cwd=folder)
    return -1


READERS: dict[str, tuple[str, Callable[[Path, Path], int]]] = {
    "salus": ("Salus, XML to Parquet", salus),
    "salus_zip": ("Salus, zip to Parquet", salus),
    "lxml": ("lxml `iterparse`, only counting", lxml_iterparse),
    "stdlib": ("`xml.etree.iterparse`, only counting", stdlib_iterparse),
    "sqlite": ("`healthkit-to-sqlite`", healthkit_to_sqlite),
}


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end."""

    wall: float
    cpu: float
    memory_mb: float
    count: int


def measure(reader: str, source: Path, *, first_ever: bool = False) -> Run:
    """Run one reader in a process of its own; `first_ever` takes away the compiled code that numba keeps on disk."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | ({"NUMBA_CACHE_DIR": folder} if first_ever else {})
        output = Path(folder) / "out"
        output.mkdir()
        command = [sys.executable, "-m", "benchmarks.reading", "--child", reader, str(source), str(output)]
        begun, before = time.perf_counter(), os.times()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True, cwd=HERE.parents[1])
        memory = _watched(process)
        wall, after = time.perf_counter() - begun, os.times()
        printed = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"{reader} failed")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(wall, cpu, memory / 1e6, int(printed))


def _watched(process: subprocess.Popen[str]) -> int:
    """Wait for the process, and give the largest resident memory of it and its children."""
    watched, largest = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            family = (watched, *watched.children(recursive=True))
            largest = max(largest, sum(member.memory_info().rss for member in family))
        except psutil.Error:
            continue
        time.sleep(0.05)
    return largest


def spread(values: list[float], digits: int = 1) -> str:
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} [{low:.{digits}f}–{high:.{digits}f}]"


def table(runs: dict[str, list[Run]], size_mb: float) -> Iterator[str]:
    yield "| reader | wall s | MB/s | CPU s | MB per CPU s | peak MB | time, Salus = 1 | CPU, Salus = 1 |"
    yield "|---|---|---|---|---|---|---|---|"
    ours = runs["Salus, XML to Parquet"]
    our_wall, our_cpu = statistics.median(run.wall for run in ours), statistics.median(run.cpu for run in ours)
    for name, found in runs.items():
        walls, cpus = [run.wall for run in found], [run.cpu for run in found]
        wall, cpu, memory = statistics.median(walls), statistics.median(cpus), max(run.memory_mb for run in found)
        rates = f"{spread(walls)} | {size_mb / wall:.0f} | {spread(cpus)} | {size_mb / cpu:.0f} | {memory:.0f}"
        yield f"| {name} | {rates} | {wall / our_wall:.1f} | {cpu / our_cpu:.1f} |"


def samples_that_agree() -> str:
    """How many real samples give Salus the number of records that an independent reader counts."""
    from salus.formats.apple_health import ExportRefused, open_export

    equal = other = 0
    for path in sorted(SAMPLES.rglob("*.xml")):
        content = path.read_bytes()
        if b"<HealthData" not in content or "odd_apple" in path.parts:
            continue
        root = ElementTree.fromstring(re.sub(rb"<!DOCTYPE.*?\n?\]>", b"", content, flags=re.DOTALL))
        expected = sum(1 for _ in root.iter("Record"))
        try:
            with open_export(path) as export:
                kinds = {b"quantity", b"category"}
                found = sum(b.num_rows for b in export.batches() if b.schema.metadata[b"kind"] in kinds)
        except ExportRefused:
            found = -1
        equal, other = equal + (found == expected), other + (found != expected)
    return f"Real samples: the number of records equals an independent count in {equal} of {equal + other} files."


def repeated(xml: Path, large: Path, times: int = 4) -> None:
    """The same records several times over: a larger file for the question of memory."""
    content = xml.read_bytes()
    begin, end = content.index(b" <Record"), content.rindex(b"</HealthData>")
    with large.open("wb") as file:
        file.write(content[:begin])
        for _ in range(times):
            file.write(content[begin:end])
        file.write(content[end:])


def report(megabytes: int, rounds: int) -> Iterator[list[str]]:
    """The section, after each round anew: a round takes minutes, and what it found should not be lost."""
    with tempfile.TemporaryDirectory() as folder:
        xml, packed, large = (Path(folder) / name for name in ("export.xml", "export.zip", "large.xml"))
        synthetic_export(xml, seed=1, days=round(megabytes / MB_PER_DAY), density=1.0)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(xml, "apple_health_export/export.xml")
        repeated(xml, large)
        asides = [first_run(xml), large_run(large), samples_that_agree()]
        large.unlink()
        loads: list[float] = []
        runs: dict[str, list[Run]] = {name: [] for name, _ in READERS.values()}
        for number in range(rounds):
            for reader, (name, _) in READERS.items():
                loads.append(os.getloadavg()[0])
                runs[name].append(measure(reader, packed if reader == "salus_zip" else xml))
                print(f"round {number + 1}: {name}: {runs[name][-1]}", file=sys.stderr)
            yield section(runs, xml.stat().st_size / 1e6, loads, asides)


def first_run(xml: Path) -> str:
    run = measure("salus", xml, first_ever=True)
    return (
        f"The very first run on a machine compiles the scanner: {run.wall:.1f} s wall, {run.cpu:.1f} s CPU, once. "
        "Files under 32 MB never need it."
    )


def large_run(large: Path) -> str:
    run, megabytes = measure("salus", large), large.stat().st_size / 1e6
    return f"A file of {megabytes:,.0f} MB: {run.cpu:.1f} s CPU, peak {run.memory_mb:.0f} MB."


def section(runs: dict[str, list[Run]], size_mb: float, loads: list[float], asides: list[str]) -> list[str]:
    counts = {run.count for found in runs.values() for run in found} - {-1}
    assert len(counts) == 1, f"the readers disagree: {counts}"
    rounds = min(len(found) for found in runs.values())
    return [
        described(),
        "",
        f"Load average: {min(loads):.1f} to {max(loads):.1f},",
        "by other work on the same cores: where it is above the number of cores, wall time says more about the machine",
        "than about the reader, and CPU seconds are the figure to compare.",
        "",
        f"One generated export of {size_mb:.0f} MB with {counts.pop():,} records, read {rounds} times by each reader,",
        "all readers in turn, each a process of its own; median [least–most]. Salus writes every attribute, typed,",
        "with metadata, sorted, duplicates once; the counting readers keep nothing.",
        TARGET,
        "",
        *table(runs, size_mb),
        "",
        *[f"- {aside}" for aside in asides],
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--mb", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dry", action="store_true", help="print the section instead of writing it")
    parser.add_argument("--child", nargs=3, metavar=("READER", "FILE", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        reader, source, folder = options.child
        print(READERS[reader][1](Path(source), Path(folder)))
        return
    for lines in report(options.mb, options.rounds):
        print("\n".join(lines))
        if not options.dry:
            write_section("Reading Apple Health", lines)


if __name__ == "__main__":
    main()
