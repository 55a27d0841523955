"""Where a request comes from, as far as limits need it."""

from ipaddress import ip_network

from flask import request


def client_network() -> str:
    """The network of the client: /24 of IPv4, /48 of IPv6; `TRUSTED_PROXIES` says who may name it.

    One customer of a provider has at least a /56 of IPv6, and a mobile network shares few addresses.
    """
    address = request.remote_addr or "0.0.0.0"  # noqa: S104 - no address is bound here
    try:
        return str(ip_network(f"{address}/{48 if ':' in address else 24}", strict=False))
    except ValueError:
        # A proxy may name a socket or nothing that is an address; those share one count.
        return "unknown"
