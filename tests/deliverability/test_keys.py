"""Records as DNS answers them."""

from types import SimpleNamespace

import dns.exception
import dns.message
import dns.resolver
import pytest

from clevenio.deliverability.keys import Unreachable, from_dns


@pytest.fixture
def answers(monkeypatch):
    """`answers(result)`: what every question to DNS comes out as."""

    def answer(result):
        def resolve(name, kind, lifetime):
            assert (kind, lifetime) == ("TXT", 10)
            if isinstance(result, Exception):
                raise result
            return [SimpleNamespace(strings=result)]

        monkeypatch.setattr(dns.resolver, "resolve", resolve)

    return answer


def test_the_pieces_of_a_record_are_one_text(answers):
    answers((b"v=DKIM1; k=rsa; ", b"p=MII"))
    assert from_dns("mail._domainkey.example.com") == "v=DKIM1; k=rsa; p=MII"


@pytest.mark.parametrize(
    "error", [dns.resolver.NXDOMAIN(), dns.resolver.NoAnswer(response=dns.message.Message())]
)
def test_a_name_without_a_record_has_none(answers, error):
    answers(error)
    assert from_dns("mail._domainkey.example.com") is None


@pytest.mark.parametrize("error", [dns.exception.Timeout(), dns.resolver.NoNameservers(), OSError()])
def test_no_answer_is_no_record_that_is_missing(answers, error):
    answers(error)
    with pytest.raises(Unreachable):
        from_dns("mail._domainkey.example.com")


@pytest.mark.parametrize("name", ["a" * 64 + ".example.com", "..", "mail._domainkey." + "a." * 200])
def test_a_name_that_none_can_have_is_asked_of_nobody(name):
    with pytest.raises(Unreachable):
        from_dns(name)
