"""Which proxies stand in front of web: their word is taken on where a request comes from."""

import ipaddress

LOOPBACK = ("127.0.0.1", "::1")


def read_proxies(text: str) -> tuple[str, ...]:
    """Addresses and networks, as a setting names them.

    Raises:
        ValueError: one of them is neither; in words that say what it takes.
    """
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        for one in found:
            ipaddress.ip_network(one)
    except ValueError:
        words = "takes addresses or networks, comma separated, such as 10.0.0.7, 172.16.0.0/12"
        raise ValueError(words) from None
    return found
