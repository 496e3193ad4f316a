"""The assembled application over real HTTP, and people and programs who come in by it."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from salus.kernel.context import Origin, nobody
from salus.shared.people import actions as people
from tests.cast import PASSWORD, code_of, email_of

SMALL_BUFFER = 16_384


@dataclass(frozen=True)
class FrontDoor:
    """Where the application answers, and the host name of the tenant."""

    url: str
    host: str

    def webhook(self, body: bytes, headers: Mapping[str, str]) -> int:
        """The status that whoever sends this message is answered with."""
        kept = {name: value for name, value in headers.items() if name.lower().startswith(("webhook-", "content-type"))}
        address = f"{self.url}/v1/webhooks/sim"
        return httpx.post(address, content=body, headers=kept | {"host": self.host}, trust_env=False).status_code

    def client(self, token: str) -> httpx.Client:
        """A program of somebody who is signed in."""
        headers = {"host": self.host, "authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    @contextmanager
    def slow_reader(self, path: str, token: str) -> Iterator["SlowReader"]:
        """Somebody on a bad line: nothing is taken off the wire before it is asked for."""
        where = urlsplit(self.url)
        with socket.socket() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            line.settimeout(60)
            line.connect((where.hostname, where.port))
            asked = f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {token}\r\n\r\n"
            line.sendall(asked.encode())
            yield SlowReader(line)


class SlowReader:
    """Reads an answer bit by bit."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._ahead = b""
        while b"\r\n\r\n" not in self._ahead:
            self._ahead += line.recv(SMALL_BUFFER)
        head, _, self._ahead = self._ahead.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.length = int(dict(one.lower().split(": ", 1) for one in lines[1:])["content-length"])
        self.taken = len(self._ahead)

    def read(self, least: int) -> int:
        """Take at least so much more, unless the other side stops first. How much it was."""
        begun = self.taken
        while self.taken - begun < least:
            try:
                piece = self._line.recv(SMALL_BUFFER)
            except ConnectionResetError:
                break
            if not piece:
                break
            self.taken += len(piece)
        return self.taken - begun


def token_of(tenant: UUID, name: str) -> str:
    """What the program of somebody with a second factor shows at the front door."""
    with nobody(tenant, origin=Origin(channel="api")) as ctx:
        return people.sign_in(ctx, email=email_of(name), password=PASSWORD, code=code_of(tenant, name)).token
