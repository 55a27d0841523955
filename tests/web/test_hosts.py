"""A request for another host is refused, on ready pages too; only a trusted proxy may name one."""

import pytest

from clevenio.web import sizes

PAGES = [
    "/",
    "/en/",
    "/en/contact",
    "/en/account",
    "/staff/login",
    "/en/nowhere",
    "/sitemap.xml",
    "/static/site.css",
]
FOREIGN = [
    "evil.example",
    "www.example.com.evil.example",
    "www.example.com@evil.example",
    "www.example.com:80@evil.example",
    "evil.example/www.example.com",
    "www.example.com:443:80",
    "www.example.com:abc",
    "www.example.com.",
    "www.example.com, evil.example",
    "www.example.com\tevil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "",
]
OWN = {"BASE_URL": "https://www.example.com"}
PRODUCTION = {**OWN, "TRUSTED_HOSTS": "www.example.com,.example.org"}

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def ask(client, path, host, **headers):
    return client.get(path, base_url=OWN["BASE_URL"], headers={"Host": host, **headers})


@pytest.mark.parametrize("extra_settings", [OWN, PRODUCTION])
@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_refused_with_a_page_that_does_not_repeat_it(client, host):
    for path in PAGES:
        answer = ask(client, path, host)
        assert answer.status_code == 400, path
        assert "evil" not in answer.text + str(answer.headers), path
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "<h1>" in answer.text or "<h1 " in answer.text


@pytest.mark.parametrize(
    ("extra_settings", "host"),
    [
        (OWN, "www.example.com"),
        (OWN, "WWW.Example.COM"),
        (OWN, "www.example.com:8443"),
        (OWN, "localhost:8000"),
        (OWN, "127.0.0.1:8000"),
        (OWN, "[::1]:8000"),
        (PRODUCTION, "shop.example.org"),
    ],
)
def test_our_own_names_are_answered(client, host):
    assert ask(client, "/en/", host).status_code == 200
    assert ask(client, "/en/nowhere", host).status_code == 404


@pytest.mark.parametrize("extra_settings", [PRODUCTION])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000"])
def test_in_production_only_the_named_hosts_are_ours_save_for_who_asks_whether_it_lives(client, host):
    assert ask(client, "/en/", host).status_code == 400
    assert ask(client, "/livez", host).status_code == 200


@pytest.mark.parametrize("extra_settings", [OWN])
def test_what_nobody_trusts_cannot_be_forwarded(client):
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "http",
        "Forwarded": "host=evil.example",
        "X-Original-URL": "/staff/",
        "X-Rewrite-URL": "/staff/",
        "X-Host": "evil.example",
    }
    plain, dressed = (ask(client, "/en/login", "www.example.com", **more) for more in ({}, forged))
    assert (plain.status_code, plain.data) == (dressed.status_code, dressed.data)


@pytest.mark.parametrize("extra_settings", [{**PRODUCTION, "TRUSTED_PROXIES": "1"}])
@pytest.mark.parametrize(
    ("forwarded", "status"),
    [("www.example.com", 200), ("evil.example", 400), ("evil.example, www.example.com", 200)],
)
def test_a_trusted_proxy_names_the_host_and_it_is_checked_all_the_same(client, forwarded, status):
    assert ask(client, "/en/", "internal", **{"X-Forwarded-Host": forwarded}).status_code == status


@pytest.mark.parametrize(
    ("extra_settings", "network"),
    [
        ({}, "192.0.2.0/24"),
        ({"TRUSTED_PROXIES": "1"}, "198.51.100.0/24"),
        ({"TRUSTED_PROXIES": "2"}, "203.0.113.0/24"),
    ],
)
def test_the_address_of_a_client_comes_from_as_many_proxies_as_are_trusted(app, client, network):
    from clevenio.web.network import client_network

    app.add_url_rule("/network", view_func=client_network)
    answer = client.get(
        "/network",
        headers={"X-Forwarded-For": "10.0.0.1, 203.0.113.7, 198.51.100.7"},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert answer.text == network


@pytest.mark.parametrize(
    "path", ["/en/", "/en/product", "/en/nowhere", "/staff/", "/en/account", "/u/abc", "/livez"]
)
@pytest.mark.parametrize(
    ("query", "headers", "status", "title"),
    [
        ("q=" + "a" * sizes.ADDRESS, {}, 414, "This address is too long"),
        ("", {"X-Made-Up": "a" * sizes.HEAD}, 431, "Your browser sends too much"),
        ("", {f"X-{number}": "a" * 1_500 for number in range(90)}, 431, "Your browser sends too much"),
    ],
    ids=["address", "field", "fields"],
)
def test_what_is_too_large_is_refused_with_our_page_and_headers(client, path, query, headers, status, title):
    answer = client.get(path, query_string=query, headers=headers)
    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_a_long_path_is_refused_in_its_language_and_not_repeated(client):
    answer = client.get("/fi/" + "a" * 60_000)
    assert answer.status_code == 414
    assert "Osoite on liian pitkä" in answer.text
    assert "a" * 200 not in answer.text


def test_the_largest_that_is_read_is_answered(client):
    longest = {"query_string": "q=" + "a" * (sizes.ADDRESS - len("/en/q="))}
    assert client.get("/en/", **longest).status_code == 200
    assert client.get("/en/", headers={"X-Made-Up": "a" * (sizes.HEAD - 1_000)}).status_code == 200
