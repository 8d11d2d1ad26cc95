"""Which addresses belong to somebody else: only those may be reached on a stranger's word."""

from ipaddress import IPv4Address, IPv6Address, ip_network

IpAddress = IPv4Address | IPv6Address

# What `is_global` of some Python still lets pass, and every way to write an IPv4 address into an IPv6 one: a
# translator on the way would undo it and connect to what was hidden.
_REFUSED = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "168.63.129.16/32",  # a cloud's own services, at an address that looks public
        "192.0.0.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "198.18.0.0/15",
        "240.0.0.0/4",
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated (SIIT)
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",  # Teredo and the protocol assignments around it
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
        "fec0::/10",  # site-local, as it once was
    )
)
_UNICAST = ip_network("2000::/3")  # all that is given out of IPv6


def is_public(address: IpAddress) -> bool:
    """Whether it is an ordinary address of the Internet: not ours, not this machine, not a crowd."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if address.version == 6 and address not in _UNICAST:
        return False
    return not any(address.version == network.version and address in network for network in _REFUSED)
