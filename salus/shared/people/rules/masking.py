"""How people look to administrators who need not know who they are: two can be told apart, and none reached."""


def masked_name(name: str) -> str:
    """`Pia S.` for Pia Sofia Svensson; a single word stays, because people go by it."""
    first, *others = name.split() or [""]
    return f"{first} {others[-1][0]}." if others else first


def masked_address(address: str) -> str:
    """`p•••@example.com`, always three dots: their number would tell the length."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
