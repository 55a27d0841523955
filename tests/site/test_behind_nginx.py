"""The site behind Debian's nginx with our configuration: what people get is what the site says, over TLS and sooner."""

import gzip
import http.client
import re
import socket
import ssl
from itertools import product
from urllib.parse import urlencode

import brotli
import pytest
from sqlalchemy import select

from clevenio import limits
from clevenio.consent.cookies import Choices
from clevenio.consent.notices import choices_notice
from clevenio.database import Database
from clevenio.settings import Settings
from clevenio.signing import keyed_hash
from clevenio.web.network import POSTS
from tests.support.accounts import PASSWORD, make_account
from tests.support.nginx import Nginx, ask
from tests.support.server import serving

EMAIL = "aino@example.com"
ANSWERED = f"choices={Choices(choices_notice('en').id, frozenset()).value}"
VARIANTS = {"bar": {}, "none": {"Cookie": ANSWERED}, "gpc": {"Sec-GPC": "1"}}
ENCODINGS = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
# What belongs to the connection and not to the answer, and what the cache keeps to itself.
BY_THE_WAY = {"date", "server", "connection", "transfer-encoding", "test-cache", "clevenio-shown"}
# From the cache: within a second, or after the site said that the page still holds.
KEPT = ("HIT", "REVALIDATED")
SAME_SITE = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    return Nginx(tmp_path_factory.mktemp("nginx"))


@pytest.fixture(scope="module")
def site(nginx, tmp_path_factory):
    with serving(tmp_path_factory.mktemp("site"), **nginx.settings) as site, nginx.before(site.port):
        database = Database(f"sqlite:///{site.data / 'clevenio.db'}")
        with database.session() as session:
            make_account(session, EMAIL)
            session.commit()
        database.close()
        yield site


@pytest.fixture
def both(site, nginx):
    """`both(path, headers)`: what the site says by itself, and what comes through nginx."""

    def asked(path, headers):
        alone = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
        by_proxy = {"Host": "localhost", "X-Forwarded-Proto": "https"}
        return ask(alone, path, by_proxy | headers), nginx.ask(path, headers)

    return asked


@pytest.fixture
def session_cookie(site, nginx):
    form = urlencode({"email": EMAIL, "password": PASSWORD})
    answer = nginx.ask("/en/login", SAME_SITE, "POST", form)
    assert answer.status == 303
    cookies = [cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie")]
    return "; ".join(cookies)


def told(answer):
    """The headers that a browser goes by."""
    return sorted((n.lower(), v) for n, v in answer.headers.items() if n.lower() not in BY_THE_WAY)


def test_a_page_comes_as_the_site_says_it_and_from_the_second_time_on_from_the_cache(both):
    pages = {}
    for variant, encoding in product(VARIANTS, ENCODINGS):
        headers = VARIANTS[variant] | {"Accept-Encoding": encoding}
        alone, first = both("/en/product", headers)
        _, second = both("/en/product", headers)
        assert (alone.status, told(alone)) == (first.status, told(first)) == (second.status, told(second))
        assert alone.body == first.body == second.body
        assert first.headers["Test-Cache"] == "MISS"
        assert second.headers["Test-Cache"] in KEPT
        pages.setdefault(variant, set()).add(ENCODINGS[encoding](second.body))
    assert [len(bodies) for bodies in pages.values()] == [1, 1, 1]
    assert len(set.union(*pages.values())) == 3


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_a_browser_has_is_not_sent_again_and_a_head_has_no_body(both, variant):
    tag = both("/fi/", VARIANTS[variant])[0].headers["ETag"]
    alone, through = both("/fi/", VARIANTS[variant] | {"If-None-Match": tag})
    assert (alone.status, through.status, through.body) == (304, 304, b"")
    assert told(alone) == told(through)
    other = next(name for name in VARIANTS if name != variant)
    assert both("/fi/", VARIANTS[other] | {"If-None-Match": tag})[1].status == 200


def test_a_head_is_the_head_of_the_page(site, nginx):
    whole, head = nginx.ask("/en/vendors"), nginx.ask("/en/vendors", method="HEAD")
    assert (head.status, head.body, told(head)) == (200, b"", told(whole))


def test_whoever_is_signed_in_sees_the_same_public_page_and_is_in_no_cache(site, nginx, session_cookie):
    nobody, somebody = nginx.ask("/en/company"), nginx.ask("/en/company", {"Cookie": session_cookie})
    assert somebody.body == nobody.body
    assert somebody.headers["Test-Cache"] in KEPT
    for path in ("/en/account", "/en/login", "/en/choices", "/en/choices/receipt.json", "/staff/"):
        for _ in range(2):
            answer = nginx.ask(path, {"Cookie": session_cookie})
            assert answer.headers["Test-Cache"] == "MISS", path
    assert EMAIL in nginx.ask("/en/account", {"Cookie": session_cookie}).body.decode()
    assert nginx.ask("/en/account").status == 303
    kept = [file.read_bytes() for file in (nginx.folder / "cache").rglob("*") if file.is_file()]
    assert kept
    secrets = [part.partition("=")[2].encode() for part in session_cookie.split("; ")]
    for secret in (*secrets, EMAIL.encode(), b"Set-Cookie", b"no-store"):
        assert not [file for file in kept if secret in file], secret


def test_a_cookie_that_only_the_site_understands_goes_past_the_cache(site, nginx):
    for _ in range(2):
        answer = nginx.ask("/en/", {"Cookie": f"{ANSWERED}; choices=other"})
        assert answer.headers["Test-Cache"] == "BYPASS"


def test_files_are_kept_as_long_as_their_address_names_their_content(site, nginx, both):
    page = nginx.ask("/en/").body.decode()
    address = re.search(r'href="(/static/site\.css\?v=\w+)"', page)[1]
    for encoding in ENCODINGS:
        alone, first = both(address, {"Accept-Encoding": encoding})
        second = both(address, {"Accept-Encoding": encoding})[1]
        assert alone.body == first.body == second.body
        assert told(alone) == told(first) == told(second)
        assert second.headers["Test-Cache"] == "HIT"
        assert "immutable" in second.headers["Cache-Control"]
    for _ in range(2):
        assert nginx.ask("/static/site.css?v=old").headers["Test-Cache"] == "MISS"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/en/no-such-page", 404),
        ("/en//product", 308),
        ("/", 302),
        ("/en/account", 303),
        ("/en/choices", 200),
        ("/sitemap.xml", 200),
        ("/.well-known/security.txt", 200),
        (f"/en/{'x' * 9000}", 414),
    ],
)
def test_whatever_else_is_asked_is_answered_by_the_site(both, path, status):
    alone, through = both(path, {"Accept-Encoding": "gzip", "Accept-Language": "fi"})
    assert (alone.status, through.status) == (status, status)
    assert told(alone) == told(through)
    assert alone.body == through.body


def test_a_form_may_be_as_large_as_the_site_takes_and_no_larger(site, nginx):
    form = urlencode({"message": ""}) + "x" * (1_000_000 - len("message="))
    taken, refused = (nginx.ask("/en/contact", SAME_SITE, "POST", form + more) for more in ("", "x"))
    assert (taken.status, refused.status) == (422, 413)
    said_by_nginx(refused)


def said_by_nginx(answer):
    """A page of its own, in both languages, as safe as those of the site."""
    expected = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Server": "nginx"}
    assert expected.items() <= dict(answer.headers).items()
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for language in ("fi", "en"):
        assert f'lang="{language}"' in answer.body.decode()


def test_no_visitor_says_for_the_proxy_who_asks(site, nginx):
    """A made-up address escapes no limit, a made-up host leads nowhere."""
    claims = dict.fromkeys(("X-Forwarded-For", "X-Real-IP", "Forwarded"), "203.0.113.9")
    claims |= {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    form = urlencode({"email": "eeva@example.com", "topic": "newsletter"})
    assert nginx.ask("/en/newsletter", SAME_SITE | claims, "POST", form).status == 303
    assert nginx.ask("/en/", claims).status == 200
    key = Settings.from_env(site.environment).secret_keys[0]
    with site.session() as session:
        counted = set(session.scalars(select(limits.Attempts.key)))
    name = f"subscription: {POSTS.name}"
    assert keyed_hash(key, name, "127.0.0.0/24") in counted
    assert keyed_hash(key, name, "203.0.113.0/24") not in counted


def handshake(nginx, version, host="localhost"):
    """The version and the protocol that a client of one version of TLS comes to."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    # The oldest versions need a client, too, that takes them.
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", nginx.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return secured.version(), secured.selected_alpn_protocol(), secured.cipher()[0]


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_tls_is_new_enough_and_http_2_is_offered_first(site, nginx, version):
    spoken, protocol, cipher = handshake(nginx, ssl.TLSVersion[version])
    assert (spoken, protocol) == (version.replace("_", "."), "h2")
    assert cipher.startswith(("ECDHE-", "TLS_"))


@pytest.mark.parametrize(("version", "host"), [("TLSv1_1", "localhost"), ("TLSv1_3", "other.example")])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_nothing_older_and_no_other_name_gets_a_connection(site, nginx, version, host):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(nginx, ssl.TLSVersion[version], host)


def test_without_tls_there_is_only_the_way_to_it(site, nginx):
    def ask_plainly(path, host):
        connection = http.client.HTTPConnection("127.0.0.1", nginx.plain_port, timeout=10)
        return ask(connection, path, {"Host": host})

    answer = ask_plainly("/fi/palvelu?a=b", "localhost")
    assert (answer.status, answer.headers["Location"]) == (308, f"{nginx.url}/fi/palvelu?a=b")
    assert "Set-Cookie" not in answer.headers
    proof = nginx.folder / "acme" / ".well-known" / "acme-challenge"
    proof.mkdir(parents=True)
    (proof / "token").write_text("proof")
    assert ask_plainly("/.well-known/acme-challenge/token", "localhost").body == b"proof"
    with pytest.raises(http.client.RemoteDisconnected):
        ask_plainly("/", "other.example")


def test_a_browser_speaks_http_2_and_finds_nothing_wrong(site, nginx, new_page):
    page = new_page(ignore_https_errors=True)
    page.goto(f"{nginx.url}/fi/")
    spoken = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".map(entry => entry.nextHopProtocol)"
    )
    assert len(spoken) >= 3
    assert set(spoken) == {"h2"}
    with page.expect_response("**/fi/valinnat"):
        page.click("[data-choice=reject]")
    page.goto(f"{nginx.url}/en/")
    assert not page.locator("#site-choices:visible").count()


def test_while_the_site_is_away_a_page_says_so_and_nobody_is_written_down(tmp_path):
    nginx = Nginx(tmp_path)
    with socket.socket() as deaf:
        # Taken, so that nobody else is given it, and answered by nobody.
        deaf.bind(("127.0.0.1", 0))
        with nginx.before(deaf.getsockname()[1]):
            answer = nginx.ask("/u/a-secret-token", {"Cookie": "receipt=secret"})
    assert answer.status == 503
    said_by_nginx(answer)
    for log in ("error.log", "access.log", "error-around.log"):
        assert "secret" not in (tmp_path / log).read_text("utf-8")
        assert "127.0.0.1" not in (tmp_path / log).read_text("utf-8")
