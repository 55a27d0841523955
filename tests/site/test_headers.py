"""What the browser is told about safety, on every answer. Anchor: MDN HTTP Observatory."""

import re

import pytest

from clevenio.database import Database

REQUIRED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Pages under a token tell nobody their address, not even the next page of ours; no-referrer would turn Origin into null.
REFERRER = {"strict-origin-when-cross-origin", "strict-origin"}
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
        ("GET", "/en/", {"Host": "evil.example"}, 400),
        ("HEAD", "/en/", {}, 200),
        ("HEAD", "/en/no-such-page", {}, 404),
        ("OPTIONS", "/en/contact", {}, 200),
        ("OPTIONS", "/en/no-such-page", {}, 404),
        ("TRACE", "/en/contact", {}, 405),
        ("POST", "/en/contact", {}, 422),
        ("GET", "/static/site.css", {}, 200),
        ("GET", "/static/no-such-file.css", {}, 404),
        ("GET", "/staff/login", {}, 200),
        ("POST", "/staff/login", {}, 422),
        ("POST", "/staff/logout", {}, 403),
        ("GET", "/en/choices/receipt.json", {}, 404),
    ],
)
def test_errors_and_redirects_have_them_too(client, method, path, headers, status):
    response = client.open(path, method=method, headers=headers)
    assert response.status_code == status
    assert check(response) == set()


def test_a_page_under_a_mailed_token_is_kept_nowhere_and_tells_nobody_its_address(app, client):
    # What a frame of somebody else's is made of is no secret of a person.
    mailed = {
        re.sub("<token>", "forged", rule.rule)
        for rule in app.url_map.iter_rules()
        if "token" in rule.arguments
        and "GET" in rule.methods
        and not rule.rule.startswith(("/staff/", "/e/"))
    }
    assert {"/u/forged", "/v/forged", "/r/forged", "/a/forged", "/q/forged"} <= mailed
    for path in mailed:
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "no-store", path
        assert headers["X-Robots-Tag"] == "noindex, nofollow", path
        assert headers["Referrer-Policy"] == "strict-origin", path


def test_a_page_that_breaks_has_them_too(app, client):
    @app.get("/broken")
    def broken():
        raise ZeroDivisionError

    response = client.get("/broken")
    assert response.status_code == 500
    assert check(response) == set()


def test_what_was_not_changed_and_what_was_asked_for_in_part_have_them_too(client):
    page, file = client.get("/en/"), client.get("/static/site.css")
    again = client.get("/en/", headers={"If-None-Match": page.headers["ETag"]})
    kept = client.get("/static/site.css", headers={"If-None-Match": file.headers["ETag"]})
    assert (again.status_code, kept.status_code) == (304, 304)
    assert check(again) == check(kept) == set()
    assert check(client.get("/static/site.css", headers={"Range": "bytes=0-9"})) == set()


def test_too_many_too_much_and_not_now_have_them_too(app, client, monkeypatch):
    form = {"email": "aino@example.com", "topic": "newsletter"}
    with monkeypatch.context() as patch:
        patch.setattr("clevenio.newsletter.views.has_room", lambda _form: False)
        many = client.post("/en/newsletter", data=form)
    large = client.post("/en/newsletter", data={"email": "x" * 1_000_000})
    monkeypatch.setattr(app.extensions["clevenio"], "database", Database("sqlite:////nowhere/at/all.db"))
    gone = client.post("/en/newsletter", data=form)
    assert (many.status_code, large.status_code, gone.status_code) == (429, 413, 503)
    assert check(many) == check(large) == check(gone) == set()


def test_every_download_has_them_and_our_own_name_and_stays_in_no_cache(app, client, sign_in_staff):
    client.post("/en/choices", data={"decision": "reject"})
    client.post("/en/contact", data={"name": "A B", "email": "a@example.com", "message": "Hello"})
    staff = sign_in_staff("administrator")
    mails = re.findall(r'href="(/staff/outbox/[^"]+)"', staff.get("/staff/outbox").text)
    answers = [client.get("/en/choices/receipt.json"), staff.get(f"{mails[0]}/source")]
    for answer in answers:
        assert answer.status_code == 200
        assert check(answer) == set()
        assert re.fullmatch(r'attachment; filename="[a-z0-9.-]+"', answer.headers["Content-Disposition"])
        assert answer.headers["Cache-Control"] == "no-store"
    shown = staff.get(f"{mails[0]}/html")
    assert check(shown) <= {
        "script-src",
        "style-src",
        "img-src",
        "font-src",
        "form-action",
        "frame-ancestors",
        "base-uri",
    }
    assert "sandbox" in shown.headers["Content-Security-Policy"]


def test_every_script_of_a_page_is_checked_by_the_browser(client, addresses):
    scripts = 0
    for path in addresses:
        for script in re.findall(r"<script[^>]*>", client.get(path).text):
            if 'type="application/ld+json"' in script:
                continue  # a block of data, which no browser runs
            scripts += 1
            assert re.search(r'src="/static/[^"]+"', script), (path, script)
            assert re.search(r'integrity="sha384-[A-Za-z0-9+/]{64}"', script), (path, script)
    assert scripts > 20


def test_no_answer_tells_what_the_site_is_made_of(client, addresses):
    for path in [*addresses, "/en/no-such-page", "/u/forged"]:
        answer = client.get(path)
        assert not {"Server", "X-Powered-By", "Via"} & set(answer.headers.keys()), path
        assert not re.search(r"(?i)werkzeug|flask|granian|python|sqlalchemy|traceback", answer.text), path


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
