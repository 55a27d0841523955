"""The site behind a real TLS front, with a certificate that the client checks: what a browser gets over HTTPS."""

import http.client
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
import trustme

from clevenio.database import Database
from tests.support.accounts import PASSWORD, make_account
from tests.support.server import START_SECONDS, Site

EMAIL = "aino@example.com"
GRANIAN = Path(sys.executable).with_name("granian")


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def front(authority, tmp_path_factory):
    """The web server with TLS of its own, reached as https://localhost; an account is there."""
    folder = tmp_path_factory.mktemp("tls")
    site = Site(folder)
    site.url = site.environment["CLEVENIO_BASE_URL"] = f"https://localhost:{site.port}"
    assert site.run("db", "upgrade").returncode == 0
    database = Database(f"sqlite:///{folder / 'clevenio.db'}")
    with database.session() as session:
        make_account(session, EMAIL)
        session.commit()
    database.close()
    issued = authority.issue_cert("localhost")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for part in issued.cert_chain_pems:
        part.write_to_path(folder / "certificate.pem", append=True)
    options = ["--interface", "wsgi", "--factory", "--host", "127.0.0.1", "--port", str(site.port)]
    options += [
        "--ssl-certificate",
        str(folder / "certificate.pem"),
        "--ssl-keyfile",
        str(folder / "key.pem"),
    ]
    with (folder / "granian.log").open("wb") as log:
        process = subprocess.Popen(
            [GRANIAN, *options, "clevenio.web_process:web_process"],
            cwd=folder,
            env=site.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield site
        finally:
            process.terminate()
            process.wait(timeout=30)
            site.close()


@pytest.fixture(scope="module")
def ask(front, authority):
    """`ask("POST", "/en/login", form, cookie)`: the answer's status, its headers as a browser gets them, its text."""
    trust = ssl.create_default_context()
    authority.configure_trust(trust)

    def send(method, path, form=None, cookie=None):
        connection = http.client.HTTPSConnection("localhost", front.port, timeout=10, context=trust)
        headers = {"Origin": front.url, "Sec-Fetch-Site": "same-origin"}
        headers |= {"Cookie": cookie} if cookie else {}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        try:
            connection.request(method, path, urlencode(form) if form else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with suppress(OSError):
            assert send("GET", "/livez")[0] == 200
            return send
        time.sleep(0.05)
    raise AssertionError((front.data / "granian.log").read_text())


def test_a_login_over_tls_gets_a_cookie_bound_to_the_host_and_works(ask):
    status, headers, _ = ask("POST", "/en/login", {"email": EMAIL, "password": PASSWORD})
    assert status == 303
    cookies = {cookie.partition("=")[0]: cookie for cookie in headers.get_all("Set-Cookie")}
    assert set(cookies) == {"__Host-session", "__Host-device"}
    pair, *rest = (part.strip() for part in cookies["__Host-session"].split(";"))
    assert set(rest) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} < {
        part.strip() for part in cookies["__Host-device"].split(";")
    }
    status, _, page = ask("GET", "/en/account", cookie=pair)
    assert status == 200
    assert EMAIL in page
    # The value under the bare name, which a sibling domain could set, opens nothing.
    assert ask("GET", "/en/account", cookie=pair.removeprefix("__Host-"))[0] == 303


@pytest.mark.parametrize("path", ["/en/", "/en/login", "/en/account", "/static/nothing", "/livez"])
def test_every_answer_over_tls_tells_the_browser_to_stay_there(ask, path):
    _, headers, _ = ask("GET", path)
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_nothing_is_answered_without_tls(front, ask):
    connection = http.client.HTTPConnection("localhost", front.port, timeout=10)
    connection.request("GET", "/livez")
    with pytest.raises((OSError, http.client.HTTPException)):
        connection.getresponse()
    connection.close()
