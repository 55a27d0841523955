"""No `next` leads off the site, however it is spelt, wherever the site leads on."""

import re
from urllib.parse import quote, urlsplit

import pytest

from tests.support.accounts import PASSWORD, make_account
from tests.support.application import new_client
from tests.support.crawl import entries
from tests.support.staff import PASSWORD as STAFF_PASSWORD
from tests.support.staff import make_member

EVIL = "evil.example"
SPELLINGS = [
    f"//{EVIL}",
    f"///{EVIL}",
    f"////{EVIL}",
    f"/\\{EVIL}",
    f"\\\\{EVIL}",
    f"\\/{EVIL}",
    f"/\\/{EVIL}",
    f"/\t/{EVIL}",
    f"\t//{EVIL}",
    f" //{EVIL}",
    f"/\n/{EVIL}",
    f"/\r\n/{EVIL}",
    f"\x00//{EVIL}",
    f"https://{EVIL}",
    f"https:{EVIL}",
    f"https:/{EVIL}",
    f"https:///{EVIL}",
    f"HTTPS://{EVIL}",
    f"http:\\\\{EVIL}",
    f"//{EVIL}%2f..",
    "//evil%2eexample",
    "//evil%E3%80%82example",
    "//evil\u3002example",
    f"/%09/{EVIL}",
    f"/%5c{EVIL}",
    f"%2f%2f{EVIL}",
    f"/%2f{EVIL}",
    f"/.//{EVIL}",
    f"/..//{EVIL}",
    f"/;@{EVIL}",
    f"/@{EVIL}",
    f"//localhost@{EVIL}",
    f"//localhost:80@{EVIL}",
    f"https://localhost.{EVIL}",
    f"//{EVIL}#/en/account",
    f"//{EVIL}?/en/account",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//0x7f000001",
    "//2130706433",
    "//[::1]",
    f"/en/account\r\nLocation: https://{EVIL}",
    f"/en/account%0d%0aLocation:%20https://{EVIL}",
    f"/\ufeff/{EVIL}",
    f"/\u2028/{EVIL}",
    "．．/evil",
    f"／／{EVIL}",
]

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def stays(location):
    """Whether a browser that follows this stays here, as browsers read it: `\\` is `/`, tabs and line ends are not there."""
    read = re.sub(r"[\t\r\n]", "", location).replace("\\", "/")
    return re.match(r"/(?!/)", read) is not None


def test_the_judge_knows_evil_when_it_sees_it(backend):
    assert [spelling for spelling in SPELLINGS[:12] if stays(spelling)] == []
    assert stays("/en/account")


@pytest.mark.parametrize(
    "key", ["next", "return", "url", "redirect", "return_to", "continue", "goto", "Next"]
)
def test_no_login_leads_off_the_site(app, client, database, clock, key):
    with database.session() as session:
        make_account(session, "aino@example.com")
        make_member(session, "boss@example.com", "administrator")
        session.commit()
    for path, email, password in (
        ("/en/login", "aino@example.com", PASSWORD),
        ("/staff/login", "boss@example.com", STAFF_PASSWORD),
    ):
        # The password takes its time: once for the names, each spelling where it counts.
        for spelling in SPELLINGS if key == "next" else SPELLINGS[:2]:
            form = {"email": email, "password": password}
            answer = new_client(app).post(path, data=form, query_string={key: spelling})
            assert answer.status_code == 303
            assert stays(answer.location), spelling
            assert EVIL not in urlsplit(answer.location).netloc


def test_whoever_is_signed_in_already_is_led_nowhere_else(sign_in_account):
    client = sign_in_account()
    for spelling in SPELLINGS:
        answer = client.get("/en/login", query_string={"next": spelling})
        assert stays(answer.location), spelling


def test_the_choices_lead_back_to_a_page_of_ours(client):
    for spelling in SPELLINGS:
        answer = client.post("/en/choices", data={"decision": "reject", "next": spelling})
        assert answer.status_code == 303
        assert stays(answer.location), spelling


def test_nothing_else_that_leads_on_is_led_astray(app, client, sign_in_account, sign_in_staff):
    keys = ("next", "url", "return", "return_to", "redirect", "continue", "target", "host")
    browsers = [client, sign_in_account(), sign_in_staff("administrator")]
    for browser in browsers:
        for path in entries(app):
            for spelling in SPELLINGS[:4]:
                answer = browser.get(path, query_string=dict.fromkeys(keys, spelling))
                assert stays(answer.headers.get("Location", "/")), (path, spelling)


@pytest.mark.parametrize(
    "start", ["//evil.example", "/%2fevil.example", "/\\evil.example", "///evil.example/.."]
)
@pytest.mark.parametrize("end", ["", "/", "/%2e%2e", "/en/account", "/staff/"])
def test_no_path_is_mended_into_an_address_of_somebody_else(client, start, end):
    for method in ("GET", "POST", "HEAD"):
        answer = client.open(quote(start, safe="/%") + end, method=method)
        assert stays(answer.headers.get("Location", "/")), (method, answer.headers.get("Location"))
