"""A provider that answers what a test tells it: what no honest one would."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "salus", "a secret that is long enough for HS256"
NONCE = "the nonce of this attempt"


@dataclass
class Forger:
    """Everything it says. Honest, until a test changes it."""

    issuer: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    published: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    id_token: str = ""
    userinfo: dict[str, Any] | None = None
    statuses: dict[str, int] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    is_silent: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def signs(
        self, *, key: Any = None, alg: str = "ES256", header: dict[str, Any] | None = None, **changes: Any
    ) -> None:
        """The ID token of the next answer. A claim changed to None is left out."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "pia-there",
            "exp": now + 300,
            "iat": now,
            "nonce": NONCE,
            "email": "pia@people.example",
            "email_verified": True,
        } | changes
        told = {name: value for name, value in claims.items() if value is not None}
        head = {"alg": alg, "kid": "one"} if header is None else {"alg": alg} | header
        self.id_token = jwt.encode(head, told, key or self.key, algorithms=[alg])

    def publish(self, *keys: ECKey | RSAKey | OctKey) -> None:
        self.published = [key.as_dict(private=False) for key in keys]

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        said: dict[str, Any] = {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/me",
                "jwks_uri": f"{self.issuer}/keys",
            }
            | self.metadata,
            "/keys": {"keys": self.published},
            "/token": {"access_token": "opaque", "token_type": "Bearer", "id_token": self.id_token},
            "/me": self.userinfo or {},
        }
        return self.statuses.get(path, 200), self.raw.get(path) or json.dumps(said[path]).encode()


@contextmanager
def forging() -> Iterator[Forger]:
    forger = Forger()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            if forger.is_silent.is_set():
                self.server.stopping.wait(30)  # type: ignore[attr-defined]
                return
            status, body = forger.answer(self.path)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", body.decode())
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  (http.server calls it so)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.stopping = threading.Event()  # type: ignore[attr-defined]
    forger.issuer = f"http://127.0.0.1:{server.server_port}"
    forger.publish(forger.key)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield forger
    finally:
        server.stopping.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
        server.server_close()
