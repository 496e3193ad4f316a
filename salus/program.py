"""A program that trades: somebody's whole way through the JSON API, as a script of theirs would go.

The demonstration and `salus trade` are written with it, so both prove that every step can be done by a program.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pyotp

from salus.app import create_app
from salus.kernel.context import nobody
from salus.kernel.settings import settings
from salus.shared.messages import queries as messages
from salus.sim.running import running

PASSWORD = "quiet rivers carry seven lanterns"  # noqa: S105  (of made-up people)
CARD = "4242424242424242"
TIMEOUT_S = 600
LETTER_S = 30


class StepFailed(Exception):
    """A step of the trade did not go as it must. The message says which, and what the API answered."""


@dataclass
class Program:
    """One person's client of the API at `url`."""

    url: str
    host: str
    name: str
    email: str
    totp_secret: str | None = None
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        headers = {"host": self.host, "user-agent": "salus-program"}
        # A connection of its own for each request: a server may close a kept one just as it is used again.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(
            base_url=self.url, headers=headers, timeout=TIMEOUT_S, trust_env=False, limits=limits
        )

    def get(self, path: str, **parameters: Any) -> Any:
        return self._done(self.client.get(f"/v1{path}", params=parameters))

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self._done(self.client.post(f"/v1{path}", json=body, **more))

    def put(self, path: str, body: Any) -> Any:
        return self._done(self.client.put(f"/v1{path}", json=body))

    def sign_up(
        self, organisation: dict[str, Any] | None = None, *, role: str | None = None, password: str = PASSWORD
    ) -> None:
        own = {"name": self.name, "email": self.email, "password": password}
        body = own | {"organisation": organisation, "role": role}
        self.post("/sign-ups", {key: value for key, value in body.items() if value is not None})

    def verify(self, tenant_id: UUID) -> None:
        """Follow the link in the letter, as read in the development mailbox."""
        self.post("/verifications", {"token": self._token(tenant_id)})

    def join(self, tenant_id: UUID) -> None:
        """Come into the organisation that sent an invitation."""
        answer = {"token": self._token(tenant_id), "name": self.name, "password": PASSWORD}
        self.post("/invitations/acceptance", answer)

    def _token(self, tenant_id: UUID) -> str:
        deadline = time.monotonic() + LETTER_S
        while time.monotonic() < deadline:
            with nobody(tenant_id) as ctx:
                mine = [mail.body for mail in messages.mails(ctx) if mail.address == self.email]
            found = re.search(r"token=([\w-]+)", "\n".join(mine))
            if found is not None:
                return found.group(1)
            time.sleep(0.1)
        raise StepFailed("no letter with a link came")

    def sign_in(self) -> None:
        """Sign in. Whoever must have a second factor and has none sets it up: `totp_secret` is it from then on."""
        body = {"email": self.email, "password": PASSWORD}
        if self.totp_secret:
            body["code"] = self._code()
        ticket = self._carry(self.post("/sessions", body))
        if ticket["awaits"] == "set_up":
            self.totp_secret = self.post("/me/second-factor")["secret"]
            self._carry(self.post("/sessions/current/code", {"code": self._code()}))

    def _code(self) -> str:
        return pyotp.TOTP(str(self.totp_secret)).now()

    def _carry(self, ticket: dict[str, Any]) -> dict[str, Any]:
        self.client.headers["authorization"] = f"Bearer {ticket['token']}"
        return ticket

    def bring_in(self, export: Path, on_progress: Callable[[int, int], None] = lambda done, total: None) -> Any:
        """Send an export and wait until it is read. Raises StepFailed with the reader's own words if it is refused."""
        with export.open("rb") as content:
            sent = self.client.post("/v1/health-data/imports", files={"export": (export.name, content)})
        arrived = self._done(sent)
        while arrived["state"] in {"waiting", "reading"}:
            progress = self.get(f"/health-data/imports/{arrived['id']}/progress")
            on_progress(progress["done"], progress["total"])
            time.sleep(0.1)
            arrived = self.get(f"/health-data/imports/{arrived['id']}")
        if arrived["state"] != "done":
            raise StepFailed(arrived["problem"])
        return arrived

    def download(self, file: dict[str, Any]) -> bytes:
        answer = self.client.get(f"/v1/health-data/deliveries/files/{file['id']}/content")
        if answer.is_error:
            raise StepFailed(f"{file['name']}: {answer.text[:300]}")
        return answer.content

    def until(self, path: str, ready: Callable[[Any], bool], *, seconds: float = 60) -> Any:
        """Ask until the answer is what it must become. Raises StepFailed when that takes too long."""
        deadline = time.monotonic() + seconds
        while not ready(answer := self.get(path)):
            if time.monotonic() > deadline:
                raise StepFailed(f"{path} stayed as {answer}")
            time.sleep(0.1)
        return answer

    def _done(self, answer: httpx.Response) -> Any:
        if answer.is_error:
            problem: dict[str, Any] = (
                answer.json() if "json" in answer.headers.get("content-type", "") else {"detail": answer.text}
            )
            fields = "; ".join(f"{one['field']}: {one['message']}" for one in problem.get("errors", []))
            raise StepFailed(f"{answer.request.method} {answer.request.url.path}: {problem['detail']} {fields}".strip())
        return answer.json() if answer.content else None


def pay_by_card(payment: dict[str, Any]) -> None:
    """What the buyer does on the gateway's page."""
    checkout_id = payment["checkout_url"].rstrip("/").rsplit("/", 1)[-1]
    key = settings().secret("gateway_key")
    paid = httpx.post(
        f"{settings().gateway_url}/v1/payments/{checkout_id}/pay",
        json={"number": CARD},
        headers={"authorization": f"Bearer {key}"},
        timeout=10,
        trust_env=False,
    )
    if paid.is_error:
        raise StepFailed(f"the gateway refused the card: {paid.text[:300]}")


@contextmanager
def served(port: int) -> Iterator[str]:
    """The application on the loopback interface, in this process; yields its address.

    To others it says that it is starting, because it goes away again.
    """
    app = create_app()
    app.state.ready = False
    with running(app, port) as url:
        yield url
