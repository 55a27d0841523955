"""Where a request comes from, as far as limits need it."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

from flask import request

from clevenio import limits
from clevenio.web.request import db, now, settings

# Posts of one public form. Generous, because a whole mobile network may share a few addresses.
POSTS = limits.Limit("posts of a network", 1000, timedelta(hours=1))


def client_network() -> str:
    """The network of the client: /24 of IPv4, /48 of IPv6; `TRUSTED_PROXIES` says who may name it.

    One customer of a provider has at least a /56 of IPv6, and a mobile network shares few addresses.
    """
    address = request.remote_addr or "0.0.0.0"  # noqa: S104 # nosec B104 - no address is bound here
    try:
        return str(ip_network(f"{address}/{48 if ':' in address else 24}", strict=False))
    except ValueError:
        # A proxy may name a socket or nothing that is an address; those share one count.
        return "unknown"


def has_room(form: str) -> bool:
    """Count a post of this form from the client's network, in this request's transaction.

    False where the network has sent enough for now; the view commits, or says so.
    """
    limit = replace(POSTS, name=f"{form}: {POSTS.name}")
    return limits.take(db(), settings().secret_keys[0], limit, client_network(), now())
