"""The QR code of a second factor."""

import segno

from salus.shared.people.queries import SetUp


def qr_of(set_up: SetUp | None) -> str:
    """The address of an image that an authenticator app reads; dark on white in dark mode too. Empty for none."""
    if set_up is None:
        return ""
    address: str = segno.make(set_up.uri, error="m").svg_data_uri(scale=4, border=4, dark="#000", light="#fff")
    return address
