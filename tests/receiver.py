"""A real server on loopback, to which Salus sends something, and whose manners a test chooses."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

Manners = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    method: str
    path: str
    headers: Message
    body: bytes


def answers(status: int, body: bytes = b"", **headers: str) -> Manners:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def drips(whole: bytes, *, pause_s: float = 0.02) -> Manners:
    """Sends a whole answer, byte by byte: each comes in time, all of them together do not."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        for byte in whole:
            Event().wait(pause_s)
            handler.wfile.write(bytes([byte]))
        handler.close_connection = True

    return answer


def holds(until: Event) -> Manners:
    """Says nothing before the event is set."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        until.wait(30)
        answers(204)(handler)

    return answer


class Receiver:
    """The server while it runs. `manners` decide how it answers from now on."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.manners: Manners = answers(204)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/hook"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver, for as long as the block runs."""
    receiver = Receiver(tls)
    try:
        yield receiver
    finally:
        receiver.close()


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            receiver.received.append(Received(self.command, self.path, self.headers, body))
            try:
                receiver.manners(self)
            except OSError:
                self.close_connection = True  # who asked has hung up

        do_GET = do_POST = answer  # noqa: N815  (the names that the base class calls)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
