"""A mail that came back: what its receiver objects to, found one by one."""

from datetime import UTC, datetime, timedelta

import pytest

from clevenio.consent.ledger import Basis
from clevenio.deliverability.examination import examine
from clevenio.deliverability.keys import Unreachable
from clevenio.deliverability.signatures import aligned
from clevenio.errors import BadInput
from clevenio.newsletter import markdown, messages
from clevenio.settings import Settings
from tests.deliverability.signing import SIGNED, public_key, record, signed

NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
GOOD_HEADER = """\
From: Clevenio <news@example.com>
To: aino@example.fi
Subject: Three ways to ask
Date: Mon, 01 Jun 2026 07:30:00 +0000
Message-ID: <0123@example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
List-Unsubscribe: <https://www.example.com/u/token>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
"""
MAIL = f"{GOOD_HEADER}\nHello,\n\nread this.\n".encode("ascii")
DNS = {
    "mail._domainkey.example.com": record(),
    "mail._domainkey.example.org": record(),
    "_dmarc.example.com": "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com",
}


@pytest.fixture
def look(tmp_path):
    """`look(mail)`: {name: [(verdict, text), …]} of what was found."""

    def look(message, dns=DNS, **options):
        path = tmp_path / "mail.eml"
        path.write_bytes(message)
        found = {}
        for each in examine(path, options.get("key"), NOW, dns if callable(dns) else dns.get):
            found.setdefault(each.name, []).append((each.verdict.value, str(each.text)))
        return found

    return look


def verdicts(found):
    return {name: [verdict for verdict, _ in each] for name, each in found.items()}


def bad(found):
    return {name for name, each in verdicts(found).items() if "bad" in each}


def changed(old, new):
    assert old.encode() in MAIL
    return MAIL.replace(old.encode(), new.encode())


@pytest.mark.parametrize("language", ["fi", "en"])
def test_our_own_mail_signed_as_documented_has_nothing_to_object_to(look, tmp_path, language):
    settings = Settings.from_env(
        {"CLEVENIO_DATA": str(tmp_path), "CLEVENIO_BASE_URL": "https://www.example.com"}
    )
    message = messages.build(
        settings,
        "newsletter",
        language,
        Basis.CONSENT,
        markdown.read(
            "# Kolme tapaa kysyä – ja yksi vastata, jos päivä on pitkä ja otsikko sitäkin pidempi\n\nHei,\n"
        ),
        to="aino@example.fi",
        message_id="<0123456789abcdef@www.example.com>",
        token="t" * messages.TOKEN_LENGTH,
        now=NOW,
    )
    found = look(signed(message))
    assert {verdict for each in verdicts(found).values() for verdict in each} == {"good"}
    assert set(found) == {
        "from",
        "date",
        "message-id",
        "unsubscribe",
        "dkim",
        "dkim h=",
        "alignment",
        "dmarc",
    }


@pytest.mark.parametrize("missing", ["List-Unsubscribe", "List-Unsubscribe-Post"])
def test_a_signature_has_to_cover_the_way_out(look, missing):
    found = look(signed(MAIL, headers=[name for name in SIGNED if name != missing]))
    assert bad(found) == {"dkim h="}
    [(_, text)] = found["dkim h="]
    assert f"does not cover {missing}:" in text


def test_other_headers_should_be_covered_as_well(look):
    found = look(signed(MAIL, headers=[name for name in SIGNED if name not in ("Date", "Subject")]))
    assert verdicts(found)["dkim h="] == ["good", "warning"]
    assert "subject, date" in found["dkim h="][1][1]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("read this.", "read that.", "body was changed"),
        ("Three ways", "Four ways", "header and the key"),
        ("/u/token>", "/u/other>", "header and the key"),
    ],
)
def test_a_mail_that_was_changed_after_signing_is_found(look, old, new, word):
    found = look(signed(MAIL).replace(old.encode(), new.encode()))
    assert bad(found) == {"dkim", "alignment"}
    assert word in found["dkim"][0][1]


def test_a_key_of_somebody_else_does_not_fit(look):
    found = look(signed(MAIL, bits=1024))
    assert bad(found) == {"dkim", "alignment"}


def test_no_signature_and_no_key_are_said(look):
    assert "no DKIM signature" in look(MAIL)["dkim"][0][1]
    assert "no key at mail._domainkey.example.com" in look(signed(MAIL), {})["dkim"][0][1]


def test_dns_that_does_not_answer_is_no_missing_key(look):
    def silent(_name):
        raise Unreachable("LifetimeTimeout")

    found = look(signed(MAIL), silent)
    assert "DNS does not answer (LifetimeTimeout)" in found["dkim"][0][1]
    assert verdicts(found)["dmarc"] == ["warning"]


def test_a_signature_of_another_domain_is_not_aligned(look):
    found = look(signed(MAIL, "example.org"))
    assert bad(found) == {"alignment"}
    both = look(signed(signed(MAIL, "example.org")))
    assert bad(both) == set()


def test_a_broken_second_signature_is_worth_a_look_and_no_more(look):
    broken = signed(MAIL, "example.org").replace(b"s=mail; t=", b"s=gone; t=")
    found = look(signed(broken))
    assert bad(found) == set()
    assert sorted(verdicts(found)["dkim"]) == ["good", "warning"]


@pytest.mark.parametrize(
    ("domain", "author", "is_aligned"),
    [
        ("example.com", "example.com", True),
        ("example.com", "news.example.com", True),
        ("mail.example.com", "example.com", True),
        ("com", "example.com", False),
        ("example.com", "notexample.com", False),
        ("example.com", "example.com.evil.example", False),
        ("", "example.com", False),
    ],
)
def test_alignment_is_the_same_domain_or_one_above_or_below_it(domain, author, is_aligned):
    assert aligned(domain, author) is is_aligned


def test_a_short_key_a_part_of_the_body_and_a_trial_are_worth_a_look(look):
    found = look(signed(MAIL, bits=1024), {**DNS, "mail._domainkey.example.com": record(1024)})
    assert "1024 bits" in found["dkim key"][0][1]
    partial = look(signed(MAIL, length=True) + b"Buy something else.\r\n")
    assert bad(partial) == {"dkim l="}
    trial = {**DNS, "mail._domainkey.example.com": record().replace("k=rsa;", "k=rsa; t=y;")}
    assert "t=y" in look(signed(MAIL), trial)["dkim key"][0][1]


HEADERS = [
    ("From: Clevenio", "From: a@example.com\nFrom: Clevenio", {"from"}),
    ("From: Clevenio <news@example.com>", "From: a@example.com, b@example.com", {"from"}),
    ("From: Clevenio <news@example.com>\n", "", {"from"}),
    ("Date: Mon, 01 Jun 2026 07:30:00 +0000\n", "", {"date"}),
    ("Date: Mon, 01 Jun 2026 07:30:00 +0000", "Date: yesterday", {"date"}),
    ("Date: Mon, 01 Jun 2026", "Date: Wed, 03 Jun 2026", {"date"}),
    ("Message-ID: <0123@example.com>\n", "", {"message-id"}),
    ("Message-ID: <0123@example.com>", "Message-ID: 0123", {"message-id"}),
    ("Subject: ", "Subject: one\nSubject: ", {"repeated"}),
    ("<https://www.example.com/u/token>", "=?utf-8?q?=3Chttps=3A//www=2Eexample=2Ecom?=", {"unsubscribe"}),
    ("Post: List-Unsubscribe=One-Click", "Post: =?utf-8?q?List?=", {"unsubscribe"}),
    ("<https://www", "<http://www", {"unsubscribe"}),
    ("<https://www.example.com/u/token>", "https://www.example.com/u/token", {"unsubscribe"}),
    ("List-Unsubscribe-Post: List-Unsubscribe=One-Click\n", "", {"unsubscribe"}),
    ("List-Unsubscribe: ", "List-Unsubscribe: <https://a.example/>\nList-Unsubscribe: ", {"unsubscribe"}),
    ("List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Clicks", {"unsubscribe"}),
    ("Three ways", "Kolme tapaa kysyä", {"characters"}),
    ("read this.", "x" * 999, {"lines"}),
]


@pytest.mark.parametrize(("old", "new", "names"), HEADERS)
def test_what_a_receiver_objects_to_in_the_header_is_found(look, old, new, names):
    assert bad(look(changed(old, new))) == {"dkim", *names}


def test_folding_and_a_mailto_are_no_fault(look):
    folded = changed("List-Unsubscribe: <https", "List-Unsubscribe:\n <https").replace(
        b"/u/token>", b"/u/token>,\n <mailto:leave@example.com>"
    )
    assert bad(look(signed(folded))) == set()


def test_mail_about_an_account_needs_no_way_out(look):
    plain = MAIL.replace(b"List-Unsubscribe: <https://www.example.com/u/token>\n", b"").replace(
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\n", b""
    )
    found = look(signed(plain))
    assert (bad(found), verdicts(found)["unsubscribe"]) == (set(), ["warning"])


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (
            "mx.example.fi; dkim=pass header.d=example.com; spf=pass (p) smtp.mailfrom=example.com; dmarc=pass",
            "good",
        ),
        ("mx.example.fi;\n dkim=pass;\n spf=softfail;\n dmarc=pass", "warning"),
        ("mx.example.fi; dkim=fail (body hash; dmarc=pass) header.d=example.com; dmarc=fail", "bad"),
    ],
)
def test_what_the_receiver_said_is_told(look, results, verdict):
    found = look(f"Authentication-Results: {results}\n".encode() + signed(MAIL))
    assert verdicts(found)["receiver"] == [verdict]


@pytest.mark.parametrize(
    ("policies", "verdict"),
    [
        ({"_dmarc.example.com": "v=DMARC1; p=none"}, "warning"),
        ({"_dmarc.example.com": "v=DMARC1; rua=mailto:a@example.com"}, "bad"),
        ({"_dmarc.example.com": "v=spf1 -all"}, "bad"),
        ({}, "bad"),
        ({"_dmarc.example.com": "v=DMARC1;p=reject"}, "good"),
    ],
)
def test_the_policy_of_the_authors_domain_is_read(look, policies, verdict):
    found = look(signed(MAIL), {"mail._domainkey.example.com": record(), **policies})
    assert verdicts(found)["dmarc"] == [verdict]


@pytest.mark.parametrize(
    ("record", "said"),
    [("sp=none; p=reject", "sp=none"), ("p=none; sp=reject", "sp=reject"), ("p=reject", "p=reject")],
)
def test_below_the_domain_with_the_record_its_word_for_those_below_holds(look, record, said):
    found = look(
        MAIL.replace(b"@example.com", b"@news.example.com"), {"_dmarc.example.com": f"v=DMARC1; {record}"}
    )
    assert f"_dmarc.example.com is {said}" in found["dmarc"][0][1]


@pytest.mark.parametrize("form", ["record", "pem", "quoted"])
def test_the_key_may_come_from_a_file(look, tmp_path, form):
    path = tmp_path / "key"
    text = record()
    spelled = {
        "record": text,
        "pem": public_key(as_pem=True).decode(),
        "quoted": f'mail._domainkey IN TXT ( "{text[:60]}"\n\t  "{text[60:]}" ) ; ----- a comment\n',
    }
    path.write_text(spelled[form])
    found = look(signed(MAIL), key=path)
    assert (bad(found), "dmarc" in found) == (set(), False)


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"\xff", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]
)
def test_a_file_without_a_key_is_refused(look, tmp_path, content):
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="holds no public key"):
        look(MAIL, key=path)


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"just words\n", b"\x89PNG\r\n\x1a\n" * 100])
def test_what_is_no_mail_is_refused(look, content):
    with pytest.raises(BadInput, match="no mail"):
        look(content)


def test_a_line_of_a_mailbox_and_bare_line_ends_are_no_fault(look):
    kept = b"From bounces@example.com Mon Jun  1 07:30:00 2026\n" + signed(MAIL).replace(b"\r\n", b"\n")
    assert bad(look(kept)) == set()


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "v=1",
        "v=1; a=rsa-sha256; d=example.com; s=mail; h=from; bh=*; b=*",
        "v=1; a=rsa-sha1; d=example.com",
        ";;;===",
    ],
)
def test_a_signature_that_is_none_is_a_finding(look, signature):
    found = look(f"DKIM-Signature: {signature}\n".encode() + MAIL)
    assert "dkim" in bad(found)


def test_a_clock_ahead_by_hours_is_let_pass(look):
    near = (NOW + timedelta(hours=20)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    assert bad(look(signed(changed("Mon, 01 Jun 2026 07:30:00 +0000", near)))) == set()
