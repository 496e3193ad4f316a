"""The one way out: requests to addresses that a person or a configuration gave.

Such an address may point at our own machines, by itself, by its name in the DNS or by an answer that redirects, and
what stands there trusts whoever comes from inside. So a name is resolved once, every address it has must be open to
everybody, and the connection goes to an address that was checked: a name that answers differently a moment later
changes nothing. Redirects are answers like any other, no proxy and no cookie is used, and every call ends in time
however slowly the other side speaks.
"""

import json
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

import httpcore
import httpx

from salus.kernel import telemetry
from salus.kernel.addresses import Address, AddressRefused, IPAddress, is_public, is_public_name, read
from salus.kernel.errors import Unavailable
from salus.kernel.settings import settings

CONNECT_S = 1.0
TOTAL_S = 5.0
LOOK_UP_S = 2.0
MOST_BYTES = 64 * 1024
PORTS = frozenset({443, 8443})
_PIECE = 16 * 1024
"""Bytes written at once: as many as one TLS record holds, so that each write is one step that the deadline ends."""


class Unreachable(Unavailable):
    """No clear answer came, and the request may or may not have been received. `reason` is a code for logs."""

    message = "The server at this address does not answer as it should."

    def __init__(self, reason: str, message: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    """What came back. Names of headers are in lower case; the body is as it was sent, never unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body read as JSON. Raises Unreachable if it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Unreachable("json", "The server at this address answers with something we cannot read.") from error


class AnswerTooLong(Unreachable):
    """The answer is longer than agreed; `answer` has its beginning."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("length", "The server at this address answers with more than we take.")
        self.answer = answer


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    max_bytes: int = MOST_BYTES,
    total_s: float | None = None,
    is_ours: bool = False,
) -> Answer:
    """Ask once, and give back whatever is answered: a redirect too. Never call it inside a transaction.

    Raises AddressRefused if the address is not one that Salus may go to (https on port 443 or 8443, and a machine open
    to everybody, unless `outbound_allow` says otherwise or it `is_ours`: set by the operator and by nobody else),
    Unreachable if no clear answer came within `total_s` seconds (five unless said), and AnswerTooLong, which is one, if
    it has more than `max_bytes`.
    """
    with telemetry.call("outbound"):
        marked = {**telemetry.parting_headers(), **(headers or {})}
        return _request(
            method,
            url,
            headers=marked,
            content=content,
            max_bytes=max_bytes,
            total_s=total_s or TOTAL_S,
            is_ours=is_ours,
        )


def _request(
    method: str, url: str, *, headers: Mapping[str, str], content: bytes, max_bytes: int, total_s: float, is_ours: bool
) -> Answer:
    deadline = _Deadline(monotonic() + total_s)
    address = read(url)
    line = _Line(_checked(address, deadline, is_ours=is_ours), deadline)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=line, max_keepalive_connections=0) as pool,
            pool.stream(
                method,
                httpcore.URL(scheme=address.scheme, host=address.host, port=address.port, target=address.target),
                headers=_headers(address, headers),
                content=content,
            ) as response,
        ):
            return _read_answer(response, max_bytes)
    except httpcore.TimeoutException as error:
        raise Unreachable("timeout", "The server at this address takes too long to answer.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        reason = "tls" if isinstance(_cause(error), ssl.SSLError) else type(error).__name__
        raise Unreachable(reason) from error


def insist_on_reachable(url: str) -> str:
    """The address in its plain form, for keeping. Raises AddressRefused unless Salus may go there, as things are now.

    Takes at most two seconds, for the DNS. Says nothing about later: a name may come to point elsewhere, so `request`
    looks again.
    """
    address = read(url)
    try:
        _checked(address, _Deadline(monotonic() + LOOK_UP_S))
    except Unreachable as error:
        raise AddressRefused(error.message) from error
    return str(address)


@dataclass(frozen=True)
class _Deadline:
    """The moment (of `monotonic`) by which all must be over."""

    at: float

    def left(self, at_most: float | None = None) -> float:
        """Seconds until then. Raises httpcore's TimeoutException when there are none."""
        left = self.at - monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if at_most is None else min(left, at_most)


def _checked(address: Address, deadline: _Deadline, *, is_ours: bool = False) -> tuple[IPAddress, ...]:
    """Every IP address of the host, when all of them may be reached. Raises AddressRefused, or Unreachable."""
    found = (address.literal,) if address.literal else _look_up(address, deadline)
    if found and (is_ours or all(_is_allowed(one) for one in found)):
        return found
    if address.scheme != "https":
        raise AddressRefused("Please give an address that begins with https://.")
    if address.port not in PORTS:
        raise AddressRefused("Please give an address without a port, or with port 443 or 8443.")
    if not address.literal and not is_public_name(address.host):
        raise AddressRefused("Please give the public name of a server. This one is known only inside a network.")
    if not found:
        raise Unreachable("dns", "We cannot find the server of this address. Please check how its name is written.")
    if not all(is_public(one) for one in found):
        raise AddressRefused("This address leads into a private network. Please give one that is open to everybody.")
    return found


def _is_allowed(address: IPAddress) -> bool:
    return any(address in network for network in settings().outbound_allow)


def _look_up(address: Address, deadline: _Deadline) -> tuple[IPAddress, ...]:
    """What the DNS says, none if it does not know the name. Raises Unreachable if it takes too long to say so."""
    answers: SimpleQueue[list[IPAddress]] = SimpleQueue()

    def ask() -> None:
        try:
            known = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            known = []
        answers.put([ip_address(place[0]) for *_, place in known])

    # The resolver knows no deadline of ours, so it is waited for from outside.
    Thread(target=ask, name="resolver", daemon=True).start()
    try:
        return tuple(dict.fromkeys(answers.get(timeout=deadline.left())))
    except (Empty, httpcore.TimeoutException) as error:
        raise Unreachable("dns", "The server of this address could not be looked up in time.") from error


def _headers(address: Address, given: Mapping[str, str]) -> list[tuple[str, str]]:
    own = {"host": address.authority, "user-agent": "Salus", "accept-encoding": "identity", "connection": "close"}
    return [*own.items(), *((name, value) for name, value in given.items() if name.lower() not in own)]


def _read_answer(response: httpcore.Response, max_bytes: int) -> Answer:
    headers: dict[str, str] = {}
    for name, value in response.headers:
        known = headers.get(name.decode("latin-1").lower())
        headers[name.decode("latin-1").lower()] = ", ".join(filter(None, (known, value.decode("latin-1"))))
    body = bytearray()
    for piece in response.iter_stream():
        body += piece
        if len(body) > max_bytes:
            raise AnswerTooLong(Answer(response.status, headers, bytes(body[:max_bytes])))
    return Answer(response.status, headers, bytes(body))


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Whose certificates count: the public authorities, or those of SSL_CERT_FILE. Names are always verified."""
    return httpx.create_ssl_context()


def _cause(error: BaseException) -> BaseException:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return error


class _Line(httpcore.NetworkBackend):
    """Connects to the addresses that were checked, whatever name it is asked for, and hangs up at the deadline."""

    def __init__(self, addresses: Iterable[IPAddress], deadline: _Deadline) -> None:
        self._addresses = tuple(addresses)
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """The first of the addresses that can be connected to. `host` is not looked up again."""
        failure: Exception = httpcore.ConnectError()
        for address in self._addresses:
            try:
                wait = self._deadline.left(CONNECT_S)
                return _TimedStream(httpcore.SyncBackend().connect_tcp(str(address), port, wait), self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends at one deadline, so that a server that drips cannot hold it."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for begin in range(0, len(buffer), _PIECE):
            self._inner.write(buffer[begin : begin + _PIECE], self._deadline.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            secured = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left())
        except BaseException:
            self._inner.close()
            raise
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
