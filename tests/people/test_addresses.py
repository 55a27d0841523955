"""E-mail addresses as people paste them."""

import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from clevenio.errors import BadInput
from clevenio.people import addresses, websites
from clevenio.people.addresses import address, mailbox_key, match_key
from clevenio.people.text import tidy

WHITE = [" ", "\t", "\n", "\r\n", "\u00a0", "\u202f", "\u3000", "\u200b", "\ufeff", "\u2060"]


@pytest.mark.parametrize("before", WHITE)
@pytest.mark.parametrize("after", WHITE)
def test_space_and_invisible_characters_around_an_address_are_dropped(before, after):
    assert address(f"{before}Maija@Example.fi{after}").key == "maija@example.fi"


def test_an_address_keeps_the_case_of_its_local_part_and_lowers_its_domain():
    found = address("Maija.Meikalainen@Example.FI")
    assert found.email == "Maija.Meikalainen@example.fi"
    assert found.key == "maija.meikalainen@example.fi"


def test_an_international_domain_is_kept_in_unicode_and_mailed_in_ascii():
    found = address("maija@Kirjanpitäjät.example")
    assert found.email == found.key == "maija@kirjanpitäjät.example"
    assert found.ascii == "maija@xn--kirjanpitjt-t8ab.example"
    assert address(found.ascii).key == found.key


def test_a_full_width_domain_is_the_plain_one():
    assert address("maija@ｅｘａｍｐｌｅ.fi").key == "maija@example.fi"


def test_decomposed_and_composed_spellings_are_one_address():
    composed = "päivi@järvi.example"
    assert address(unicodedata.normalize("NFD", composed)) == address(composed)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        (" \ufeff\u00a0", "empty"),
        ("matti meikalainen@example.fi", "inner_space"),
        ("matti@exam ple.fi", "inner_space"),
        ("matti\u00a0m@example.fi", "inner_space"),
        ("mailto:matti@example.fi", "mailto"),
        ("MAILTO:matti@example.fi", "mailto"),
        ("matti\x00@example.fi", "control"),
        ("matti@example.fi\x7f", "control"),
        ("mat\ud800ti@example.fi", "control"),
        ("matti@example.fi.", "malformed"),
        ("matti.@example.fi", "malformed"),
        (".matti@example.fi", "malformed"),
        ("mat..ti@example.fi", "malformed"),
        ("matti@@example.fi", "malformed"),
        ("matti@example.fi,maija@example.fi", "malformed"),
        ("<matti@example.fi>", "malformed"),
        ("matti@localhost", "malformed"),
        ("matti@[192.0.2.1]", "malformed"),
        ("=?utf-8?q?maija=40example.fi=2C?=matti@example.fi", "malformed"),
        ("matti=?UTF-8?B?QUJD?=@example.fi", "malformed"),
        ("matti@sub_domain.fi", "malformed"),
        ("matti", "malformed"),
        ("+tag@gmail.com", "malformed"),
        ("+tag@Googlemail.com", "malformed"),
        ("b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514", "malformed"),
        ("m" * 65 + "@example.fi", "malformed"),
    ],
)
def test_a_malformed_address_is_refused_with_its_reason(typed, reason):
    with pytest.raises(BadInput) as refusal:
        address(typed)
    assert refusal.value.values["reason"] == reason


@pytest.mark.parametrize(
    ("typed", "mailbox"),
    [
        ("M.A.I.J.A+shop@gmail.com", "maija@gmail.com"),
        ("maija@googlemail.com", "maija@gmail.com"),
        ("maija+uutiset@example.fi", "maija@example.fi"),
        ("maija.meikalainen@example.fi", "maija.meikalainen@example.fi"),
        ("+tag@example.fi", "+tag@example.fi"),
    ],
)
def test_spellings_of_one_mailbox_share_their_mailbox_key(typed, mailbox):
    assert address(typed).mailbox_key == mailbox


local = st.text("abcäöÅİßΣ.+-_'0", min_size=1, max_size=20)
domain = st.sampled_from(
    ["example.fi", "Example.COM", "GMAIL.com", "googlemail.com", "Järvi.example", "straße.example"]
)


@given(local, domain)
@example("İ", "example.fi")
def test_what_is_accepted_is_already_normal(name, host):
    try:
        found = address(f"{name}@{host}")
    except BadInput:
        return
    assert address(found.email) == found
    assert address(found.key).key == found.key
    assert address(found.ascii) == found
    assert mailbox_key(found.mailbox_key) == found.mailbox_key
    assert all(unicodedata.is_normalized("NFC", form) for form in (found.email, found.key, found.mailbox_key))


@given(st.text(max_size=40))
def test_whatever_is_accepted_is_one_word_with_one_at_sign(text):
    try:
        found = address(text)
    except BadInput:
        return
    assert found.key.count("@") == 1
    assert not any(character.isspace() for character in found.key)


@pytest.mark.parametrize(
    ("key", "match"),
    [
        ("aino.malli+x@example.fi", "ainomalli@example.fi"),
        ("aino-malli_1@example.fi", "ainomalli1@example.fi"),
        ("aino.malli@googlemail.com", "ainomalli@gmail.com"),
        ("äijälä@example.fi", "äijälä@example.fi"),
        ("-_-@example.fi", "-_-@example.fi"),
        ("-.-@example.fi", "--@example.fi"),
        ("+x@example.fi", "x@example.fi"),
    ],
)
def test_spellings_that_a_platform_takes_for_one_share_their_match_key(key, match):
    assert match_key(key) == match


LOCALS = st.one_of(
    st.text("abcÄß.+-_'@\"()\\", max_size=70), st.sampled_from(("postmaster", "ABUSE", "a" * 64, "b" * 65))
)
DOMAINS = st.one_of(
    st.sampled_from(
        (
            "example.fi",
            "Jär" + "v" * 60 + "i.example",
            "xn--jrvi-loa.example",
            "ä." * 80 + "example",
            "[1.2.3.4]",
        )
    ),
    st.text("aÄxn-.1@", max_size=260),
)


@given(LOCALS, DOMAINS)
def test_an_address_is_one_where_the_library_takes_the_whole_of_it(local, domain):
    """A domain is looked at once for all plain mailboxes there; nobody may notice."""
    text = f"{local}@{domain}"
    try:
        parts = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError:
        with pytest.raises(BadInput):
            address(text)
        return
    found = address(text)
    assert found.email == f"{parts.local_part}@{parts.domain.lower()}"
    assert found.ascii == f"{parts.local_part}@{parts.ascii_domain.lower()}"


LOCALS = st.text("aB9.+-_!=?'{\u0130 ", min_size=1, max_size=8)
DOMAINS = st.sampled_from(
    [
        "example.fi",
        "EXAMPLE.Fi",
        "gmail.com",
        "GoogleMail.com",
        "ex ample.fi",
        "exa_mple.fi",
        "example",
        "a.example.",
    ]
)


@given(LOCALS, DOMAINS)
@example("=?q?x?=", "example.fi")
@example("!#$%&", "example.fi")
@example("Postmaster", "example.fi")
@example("a" * 64, "example.fi")
@example("a" * 65, "example.fi")
def test_an_address_in_plain_letters_is_taken_for_what_any_address_is(local, domain):
    def taken(read):
        try:
            return read(f"{local}@{domain}")
        except BadInput as problem:
            return problem.values["reason"]

    assert taken(addresses.address) == taken(lambda typed: addresses._address(tidy(typed)))


HOSTS = st.lists(
    st.one_of(
        st.text("aZ09-", min_size=1, max_size=5),
        st.sampled_from(
            ["example", "www", "xn--bcher-kva", "test", "fi", "LOCAL", "\u212aiosk", "a" * 63, "a" * 64]
        ),
    ),
    min_size=1,
    max_size=4,
).map(".".join)


@given(HOSTS)
@example("example.test")
@example("example.fi\n")
@example("a.1")
@example(".".join(["a" * 60] * 4) + ".fi")
def test_a_plain_domain_is_taken_for_what_any_domain_is(domain):
    def taken(read):
        try:
            return read(domain)
        except BadInput as problem:
            return problem.values["reason"]

    assert taken(addresses._domain) == taken(addresses._any_domain)
    assert taken(websites.website) == taken(lambda typed: websites._website(tidy(typed)))
