"""Addresses that somebody else gave: how one is read, and which machines on the network are open to everybody.

Two programs that read one address differently are how inner machines are reached, so it is read once, here, strictly:
what a browser would repair (`127.1`, full-width digits, a backslash) is brought to its one plain form or refused.
"""

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, quote, urlsplit

import idna

from salus.kernel.errors import Invalid

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

DEFAULT_PORTS = {"https": 443, "http": 80}
LONGEST = 2_000
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")

INNER_IPV4 = (
    ip_network("0.0.0.0/8"),
    ip_network("168.63.129.16/32"),  # Azure's host, which hands secrets to its guests under a public number
    ip_network("192.0.0.0/24"),  # IETF protocol assignments; Oracle's cloud has its metadata here
    ip_network("192.88.99.0/24"),  # relays of 6to4, given up by RFC 7526
    ip_network("224.0.0.0/4"),  # multicast
)
"""What `ipaddress.is_global` of Python 3.11 takes for public, in whole or in part, and is not."""

PUBLIC_IPV6 = ip_network("2000::/3")
"""The only global unicast space that IANA has given out (RFC 4291, 2.4). Whatever embeds an IPv4 address in the rest
(`::/96`, `::ffff:0:0/96`, NAT64's `64:ff9b::/96`), link-local, unique local and multicast space lie outside of it."""

INNER_IPV6 = (
    ip_network("2001::/23"),  # IETF protocol assignments: Teredo embeds an IPv4 address
    ip_network("2001:db8::/32"),
    ip_network("2002::/16"),  # 6to4 embeds an IPv4 address
    ip_network("3fff::/20"),  # documentation (RFC 9637)
)

INNER_NAMES = ("localhost", "local", "internal", "intranet", "lan", "corp", "home", "home.arpa", "test", "invalid")
"""Endings that no public name has (RFC 2606, 6761, 6762, 8375 and what ICANN keeps back)."""


class AddressRefused(Invalid):
    """An address that cannot be right, or leads to a machine that is not open to everybody."""

    message = "We cannot use this address."


@dataclass(frozen=True)
class Address:
    """A web address in its one plain form. `host` is a name in ASCII without the last dot, or an IP address."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query, as they are sent."""

    @property
    def literal(self) -> IPAddress | None:
        """The IP address, if it was given as one."""
        return _literal(self.host)

    @property
    def authority(self) -> str:
        """Host and port as the `Host` header says them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def read(url: str) -> Address:
    """The address in its plain form. Raises AddressRefused if it is none, or has a user name in it."""
    parts = _split(url)
    if parts.scheme not in DEFAULT_PORTS:
        raise AddressRefused("Please give an address that begins with https://.")
    if "@" in parts.netloc:
        raise AddressRefused("Please leave out the user name and password before the @ of this address.")
    if parts.fragment or url.endswith("#"):
        raise AddressRefused("Please leave out the # of this address and what follows it.")
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~")
    if parts.query:
        target += "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=-._~")
    try:
        port = parts.port
    except ValueError as error:
        raise AddressRefused("The port of this address is not a number up to 65535.") from error
    if port == 0:
        raise AddressRefused("The port of this address cannot be 0.")
    return Address(parts.scheme, _host(parts.hostname or ""), port or DEFAULT_PORTS[parts.scheme], target)


def is_public(address: IPAddress) -> bool:
    """Whether this machine is open to everybody, as far as its number tells.

    `ipaddress.is_global` alone says yes to NAT64, 6to4, `::127.0.0.1`, 192.0.0.8 and 224.0.0.1 (Python 3.11). A NAT64
    prefix of an operator's own cannot be told from any other public network.
    """
    if isinstance(address, IPv4Address):
        return address.is_global and not _is_in(address, INNER_IPV4)
    if address.scope_id is not None or address not in PUBLIC_IPV6:
        return False
    return address.is_global and not _is_in(address, INNER_IPV6)


def is_public_name(host: str) -> bool:
    """Whether a host's name may exist in the public DNS: a single word or a reserved ending may not."""
    return "." in host and not any(host == name or host.endswith(f".{name}") for name in INNER_NAMES)


def _is_in(address: IPAddress, networks: tuple[IPNetwork, ...]) -> bool:
    return any(address in network for network in networks)


def _split(url: str) -> SplitResult:
    # Refused before splitting: the parser would silently drop tabs and line ends, and browsers read `\` as `/`.
    if len(url) > LONGEST or "\\" in url or any(c.isspace() or unicodedata.category(c).startswith("C") for c in url):
        raise AddressRefused("This address is too long, or has a space or another character that no address can have.")
    try:
        return urlsplit(url)
    except ValueError as error:
        raise AddressRefused("This is not a web address.") from error


def _host(given: str) -> str:
    if ":" in given:
        address = _literal(given)
        if not isinstance(address, IPv6Address) or address.scope_id is not None:
            raise AddressRefused("This is not a web address.")
        return str(address)
    try:
        # UTS 46 brings unicode dots, digits and letters of full width, and capitals to their plain form.
        host = idna.encode(given, uts46=True, std3_rules=True).decode().lower().removesuffix(".")
    except UnicodeError as error:
        raise AddressRefused("The name of the server in this address is not written as names are.") from error
    if not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise AddressRefused("The name of the server in this address is not written as names are.")
    # The C library takes `127.1`, `0x7f.1` and `2130706433` for numbers; nobody who means well writes them so.
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and _literal(host) is None:
        raise AddressRefused("Please give the name of the server instead of a number.")
    return host


def _literal(host: str) -> IPAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
