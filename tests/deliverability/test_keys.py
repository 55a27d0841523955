"""Records as DNS answers them."""

from base64 import b64encode
from types import SimpleNamespace

import dns.exception
import dns.message
import dns.resolver
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clevenio.deliverability.keys import Unreachable, from_dns, from_file
from clevenio.errors import BadInput


@pytest.fixture
def answers(monkeypatch):
    """`answers(result)`: what every question to DNS comes out as; more where a name has several records."""

    def answer(result, *others):
        def resolve(name, kind, lifetime):
            assert (kind, lifetime) == ("TXT", 10)
            if isinstance(result, Exception):
                raise result
            return [SimpleNamespace(strings=each) for each in (result, *others)]

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


def test_a_policy_is_found_among_other_records_and_two_of_them_are_none(answers):
    policy = b"v=DMARC1; p=reject"
    answers((b"v=spf1 -all",), (policy,))
    assert from_dns("_dmarc.example.com") == policy.decode()
    answers((policy,), (b"v=DMARC1; p=none",))
    assert from_dns("_dmarc.example.com") is None


def test_a_key_in_pem_is_called_what_it_is(tmp_path):
    path = tmp_path / "key"

    def write(private):
        path.write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    bare = ed25519.Ed25519PrivateKey.generate()
    write(bare)
    spelled = b64encode(bare.public_key().public_bytes_raw()).decode()
    assert from_file(path)("mail._domainkey.example.com") == f"v=DKIM1; k=ed25519; p={spelled}"
    write(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(BadInput, match="no public key"):
        from_file(path)
