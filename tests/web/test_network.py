import pytest

from clevenio.web.network import client_network


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("unix:", "unknown"),
        (None, "0.0.0.0/24"),
    ],
)
def test_neighbours_share_one_network(app, address, network):
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert client_network() == network
