import pytest

from clevenio.newsletter.bounces.statuses import best, code_in, kind_of


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *[(code, "hard") for code in ("5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.2.1", "5.0.0")],
        *[(code, "soft") for code in ("4.2.2", "4.4.1", "4.4.7", "4.0.0", "5.2.2", "5.3.1", "5.4.4")],
        *[(code, "blocked") for code in ("5.7.1", "5.7.26", "4.7.0", "5.6.0", "5.3.4", "5.2.3", "5.1.8")],
        *[(code, "blocked") for code in ("", "2.0.0")],
    ],
)
def test_a_code_says_whether_the_mailbox_is_gone_full_or_closed_to_us(code, kind):
    assert kind_of(code) == kind


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("550 5.1.1 user unknown", "5.1.1"),
        ("5.1.10", "5.1.10"),
        ("550-5.7.26 no", "5.7.26"),
        ("5.01.001 zeros", "5.1.1"),
        ("550 no such user", ""),
        ("from 192.5.1.1 and version 15.1.1", ""),
        ("5.1.1.1", ""),
        ("3.1.1", ""),
    ],
)
def test_a_code_is_found_where_there_is_one(text, code):
    assert code_in(text) == code


@pytest.mark.parametrize(
    ("status", "diagnostic", "code"),
    [
        ("5.0.0", "smtp; 550 5.1.1 unknown", "5.1.1"),
        ("5.0.0", "smtp; 550 unknown", "5.0.0"),
        ("5.2.2", "smtp; 550 5.1.1 unknown", "5.2.2"),
        ("4.0.0", "smtp; 550 5.1.1 unknown", "4.0.0"),
        ("", "smtp; 550 5.1.1 unknown", "5.1.1"),
    ],
)
def test_the_diagnostic_is_asked_where_the_status_says_nothing(status, diagnostic, code):
    assert best(status, diagnostic) == code
