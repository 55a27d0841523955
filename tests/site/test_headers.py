"""What the browser is told about safety, on every answer. Anchor: MDN HTTP Observatory."""

import pytest

REQUIRED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Pages under a token tell nobody outside that they were open; no-referrer would turn Origin into null.
REFERRER = {"strict-origin-when-cross-origin", "same-origin"}
POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "font-src": {"'self'"},
    "form-action": {"'self'"},
    "frame-ancestors": {"'none'"},
    "base-uri": {"'none'"},
}
HTTPS = {"BASE_URL": "https://www.example.com"}

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def policy_of(response):
    parts = [part.split() for part in response.headers.get("Content-Security-Policy", "").split(";")]
    return {part[0]: set(part[1:]) for part in parts if part}


@pytest.fixture
def addresses(app):
    """Every address that needs no token, as a browser would ask for it."""
    found = sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments - set(rule.defaults or {})
    )
    assert {"/", "/en/", "/fi/valinnat", "/staff/"} <= set(found)
    return found


def check(response):
    """What is missing from one answer."""
    lacking = {name for name, value in REQUIRED.items() if response.headers.get(name) != value}
    if response.headers.get("Referrer-Policy") not in REFERRER:
        lacking.add("Referrer-Policy")
    found = policy_of(response)
    return lacking | {name for name, sources in POLICY.items() if found.get(name) != sources}


def test_every_address_answers_with_the_headers(client, addresses):
    assert {path: missing for path in addresses if (missing := check(client.get(path)))} == {}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 302),
        ("GET", "/en/no-such-page", {}, 404),
        ("GET", "/fi/no-such-page", {}, 404),
        ("POST", "/en/product", {}, 405),
        ("POST", "/en/contact", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("GET", "/u/forged", {}, 404),
        ("GET", "/staff/", {}, 303),
        ("GET", "/en/account", {}, 303),
    ],
)
def test_errors_and_redirects_have_them_too(client, method, path, headers, status):
    response = client.open(path, method=method, headers=headers)
    assert response.status_code == status
    assert check(response) == set()


def test_a_page_that_breaks_has_them_too(app, client):
    @app.get("/broken")
    def broken():
        raise ZeroDivisionError

    response = client.get("/broken")
    assert response.status_code == 500
    assert check(response) == set()


def test_no_policy_lets_anything_unsafe_in(client, addresses):
    policies = {path: client.get(path).headers["Content-Security-Policy"] for path in addresses}
    assert {path: policy for path, policy in policies.items() if "unsafe" in policy or "*" in policy} == {}


@pytest.mark.parametrize("extra_settings", [HTTPS])
def test_https_is_remembered_for_a_year(client, addresses):
    for path in addresses:
        value = client.get(path, base_url=HTTPS["BASE_URL"]).headers.get("Strict-Transport-Security", "")
        assert "max-age=31536000" in value, path


def test_http_promises_no_https(client):
    assert "Strict-Transport-Security" not in client.get("/en/").headers
