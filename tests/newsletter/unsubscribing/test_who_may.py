"""Who may leave by a link: whoever has it, for ever; another site may neither undo nor put in words."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from clevenio.newsletter.models import Departure
from clevenio.people import links
from clevenio.signing import Signer
from tests.newsletter.unsubscribing.conftest import ONE_CLICK, history_of, mail_client
from tests.support.application import new_client

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_can_neither_undo_nor_give_a_reason(
    app, client, path, granted, other_session, headers, person
):
    client.post(path, data={"scope": "all"})
    length = len(history_of(other_session, person))
    for data in ({"undo": "1"}, {"undo": "1", "scope": "topic"}, {"reason": "They say so"}):
        assert mail_client(app).post(path, data=data, headers=headers).status_code == 403
    assert granted() == set()
    assert len(history_of(other_session, person)) == length
    with other_session() as session:
        assert session.scalar(select(Departure.reason)) is None


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_may_withdraw_but_puts_no_words_into_anybodys_mouth(
    app, path, granted, other_session, headers
):
    data = {"scope": "topic", "reason": "They say so"}
    assert mail_client(app).post(path, data=data, headers=headers).status_code == 200
    assert "newsletter" not in granted()
    with other_session() as session:
        assert session.scalar(select(Departure.reason)) is None


def test_the_buttons_of_the_page_refuse_no_stranger_and_no_proxy(app, path, granted):
    answer = new_client(app).post(path, data={"scope": "topic"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert "newsletter" not in granted()


def test_unknown_forged_and_foreign_links_look_alike(client, path, database, settings, clock, granted):
    with database.session() as session:
        foreign = links.make(session, settings.mail_keys, "confirm", clock.now, data={})
        session.commit()
    handle = Signer(settings.mail_keys, "unsubscribe").unsign(path.removeprefix("/u/"))
    tokens = [
        path.removeprefix("/u/")[:-1] + ("A" if path[-1] != "A" else "B"),
        Signer(["another key that is thirty-two long"], "unsubscribe").sign(handle),
        Signer(settings.mail_keys, "unsubscribe").sign("nobody-has-this-one-"),
        Signer(settings.mail_keys, "confirm").sign(handle),
        foreign,
        "x",
    ]
    seen = set()
    for bad in (f"/u/{token}" for token in tokens):
        for method in ("GET", "POST"):
            answer = client.open(bad, method=method)
            seen.add((answer.status_code, answer.text.replace(bad, "")))
    assert {status for status, _text in seen} == {404}
    assert len(seen) == 1
    assert "newsletter" in granted()


def test_a_link_of_before_a_key_rotation_still_works(client, path, settings, app, granted):
    rotated = replace(settings, mail_keys=("a newer key of thirty-two letters", *settings.mail_keys))
    app.extensions["clevenio"].settings = rotated
    assert client.post(path).status_code == 200
    assert "newsletter" not in granted()


def test_it_never_expires(client, path, clock, granted):
    clock.advance(days=4000)
    assert client.post(path).status_code == 200
    assert "newsletter" not in granted()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_it_is_never_rate_limited(app, path):
    client = mail_client(app)
    assert {client.post(path, data=ONE_CLICK).status_code for _ in range(120)} == {200}
