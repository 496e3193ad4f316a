"""The network as a test draws it: names with their addresses, and nothing outside of this machine."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Internet:
    """Stands in for the DNS and for every machine but this one. `reached` are the addresses that were connected to."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, Iterator[list[str]]] = {}
        self.asked: list[str] = []
        self.reached: list[str] = []
        self._look_up, self._connect = socket.getaddrinfo, socket.create_connection
        patch.setattr(socket, "getaddrinfo", self.getaddrinfo)
        patch.setattr(socket, "create_connection", self.create_connection)

    def knows(self, name: str, *addresses: str) -> None:
        self.names[name] = repeat(list(addresses))

    def flips(self, name: str, first: str, then: str) -> None:
        """The name points to one address when it is asked for first, and to another ever after."""
        self.names[name] = iter([[first], *([then] for _ in range(99))])

    def getaddrinfo(self, host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
        if host in self.names:
            self.asked.append(host)
            return [found for one in next(self.names[host]) for found in self._look_up(one, port, *rest, **more)]
        try:
            ip_address(host.partition("%")[0])
        except ValueError:
            # Numbers in the old spellings are the C library's own business, not the DNS's.
            if not host[:1].isdigit():
                raise socket.gaierror(f"{host} is not known here") from None
        return self._look_up(host, port, *rest, **more)

    def create_connection(self, place: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        found = self.getaddrinfo(*place, type=socket.SOCK_STREAM)[0][4][0]
        self.reached.append(found)
        if not ip_address(found).is_loopback:
            raise TimeoutError(f"{found} is outside of this machine")
        return self._connect((found, place[1]), *rest, **more)


@contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """A port of this machine at which nobody may ever knock, and who did."""
    knocks: list[str] = []
    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        server.settimeout(0)
        yield server.getsockname()[1], knocks
        try:
            while True:
                connection, who = server.accept()
                connection.close()
                knocks.append(who[0])
        except BlockingIOError:
            return


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for this name that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, private
