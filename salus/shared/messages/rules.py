"""Where links in messages lead. Pure."""

from collections.abc import Sequence
from urllib.parse import urlsplit


def home(installation: str, hosts: Sequence[str]) -> str:
    """The address of a tenant's start page, without a slash at its end: the installation's, at the tenant's own host.

    A tenant without host names of its own answers at the installation's.
    """
    parts = urlsplit(installation)
    if not hosts or parts.hostname in hosts:
        return installation
    return parts._replace(netloc=hosts[0] + (f":{parts.port}" if parts.port else "")).geturl()
