"""The machine a figure was measured on, and the file figures are kept in."""

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

import psutil

RESULTS = Path(__file__).parent / "RESULTS.md"


def described() -> str:
    """Processor, cores, memory, versions and load, in one sentence."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.+)", info.read_text()) if info.exists() else []
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {names[0] if names else platform.processor()}, "
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end."
    )


def write_section(heading: str, lines: list[str], *, file: Path = RESULTS) -> None:
    """Put a section into a file of figures, in the place of an older one under the same heading."""
    text = file.read_text() if file.exists() else "# Measured\n"
    section = f"## {heading}\n\n" + "\n".join(lines) + "\n"
    pattern = re.compile(rf"^## {re.escape(heading)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    replaced = pattern.sub(lambda _: section + "\n", text) if pattern.search(text) else f"{text.rstrip()}\n\n{section}"
    file.write_text(replaced.rstrip() + "\n")
