"""Tokens of links, and keyed hashes."""

import base64
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clevenio.errors import BadToken
from clevenio.signing import Sealer, Signer, keyed_hash, keyed_hashes, new_handle

KEYS = ("newest-key", "older-key")
HANDLE = "AbCdEfGhIjKlMnOpQrSt"


def test_a_handle_is_random_and_fits_in_a_link():
    handles = {new_handle() for _ in range(100)}
    assert len(handles) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{20}", handle) for handle in handles)


def test_what_was_signed_is_read_again():
    signer = Signer(KEYS, "unsubscribe")
    token = signer.sign(HANDLE)
    assert re.fullmatch(r"[A-Za-z0-9_-]{20}\.[A-Za-z0-9_-]{43}", token)
    assert signer.unsign(token) == HANDLE


def test_a_token_of_one_purpose_opens_no_other():
    with pytest.raises(BadToken):
        Signer(KEYS, "confirm").unsign(Signer(KEYS, "unsubscribe").sign(HANDLE))


def test_links_from_before_a_rotation_keep_working():
    assert Signer(KEYS, "unsubscribe").unsign(Signer(KEYS[1:], "unsubscribe").sign(HANDLE)) == HANDLE


def test_the_newest_key_signs():
    token = Signer(KEYS, "unsubscribe").sign(HANDLE)
    assert Signer(KEYS[:1], "unsubscribe").unsign(token) == HANDLE
    with pytest.raises(BadToken):
        Signer(KEYS[1:], "unsubscribe").unsign(token)


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: "",
        lambda _: HANDLE,
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: "B" + token[1:],
        lambda token: token.replace(".", ""),
        lambda token: token.partition(".")[2],
        lambda _: f"{HANDLE}.{'A' * 43}",
        lambda token: token.swapcase(),
        lambda token: "ä" + token,
        lambda token: "\x00" + token,
    ],
)
def test_every_other_token_is_refused_alike(forge):
    signer = Signer(KEYS, "unsubscribe")
    with pytest.raises(BadToken) as refused:
        signer.unsign(forge(signer.sign(HANDLE)))
    assert str(refused.value) == str(BadToken())


@given(st.text())
def test_no_text_is_a_token_by_chance(text):
    with pytest.raises(BadToken):
        Signer(KEYS, "unsubscribe").unsign(text)


def test_a_keyed_hash_is_hmac_sha256_of_parts_with_their_lengths():
    # RFC 4231 test case 2 has the key "Jefe"; the message here is one part, so 4 bytes of length lead it.
    assert (
        keyed_hash("Jefe", "what do ya want for nothing?")
        == "6298cecdfbe401fe7a2c98963b8fc9fce1d110839f3a1ac4f873523359f55750"
    )


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_parts_cannot_run_into_each_other(one, other):
    assert (keyed_hash("key", *one) == keyed_hash("key", *other)) is (one == other)


@given(st.text(max_size=100), st.lists(st.text(), max_size=3), st.text())
def test_very_many_are_hashed_as_each_would_be_by_itself(key, first, last):
    assert keyed_hashes(key, *first)(last) == keyed_hash(key, *first, last)


def test_the_key_counts():
    assert keyed_hash("one", "part") != keyed_hash("two", "part")


def test_a_signature_has_one_spelling():
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    signer = Signer(["k" * 32], "unsubscribe")
    token = signer.sign("h" * 20)
    for last in alphabet.replace(token[-1], ""):
        with pytest.raises(BadToken):
            signer.unsign(token[:-1] + last)


PAYLOAD = ["ä", [["name", "value"]], None, 1]


def test_what_was_sealed_is_read_again_also_after_a_rotation():
    sealed = Sealer(KEYS[1:], "draft").seal(PAYLOAD)
    assert Sealer(KEYS, "draft").unseal(sealed) == PAYLOAD
    with pytest.raises(BadToken):
        Sealer(KEYS[1:], "draft").unseal(Sealer(KEYS, "draft").seal(PAYLOAD))


def test_a_seal_is_hmac_sha256_of_what_it_holds_under_a_key_of_its_purpose():
    # The key of a purpose: HMAC of its salt under the newest key of the ring.
    key = hmac.digest(b"newest-key", b"clevenio.sealed.draft", "sha256")
    held, _, signature = Sealer(KEYS, "draft").seal(PAYLOAD).rpartition(".")
    expected = base64.urlsafe_b64encode(hmac.digest(key, held.encode(), "sha256")).rstrip(b"=")
    assert signature == expected.decode()


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: "",
        lambda sealed: sealed[:-2] + "xx",
        lambda sealed: "B" + sealed[1:],
        lambda sealed: "ä" + sealed,
    ],
)
def test_what_was_not_sealed_for_the_purpose_is_refused(forge):
    sealed = Sealer(KEYS, "draft").seal(PAYLOAD)
    with pytest.raises(BadToken):
        Sealer(KEYS, "draft").unseal(forge(sealed))
    for other in (Sealer(KEYS, "other"), Signer(KEYS, "draft")):
        with pytest.raises(BadToken):
            getattr(other, "unseal", getattr(other, "unsign", None))(sealed)
