"""The webhook as a mail provider uses it, and as somebody who would like to be one."""

import json
from datetime import timedelta

import pytest

from clevenio.errors import BadInput
from clevenio.newsletter.bounces import operations, webhook
from clevenio.newsletter.bounces.signatures import signature
from clevenio.newsletter.bounces.webhook import events
from tests.support.factories import NOW

ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"])
SECRET, OLD = "a made-up secret of the mail provider", "the made-up secret that it had before"


@pytest.fixture
def extra_settings():
    return {"WEBHOOK_SECRET": f"{SECRET}, {OLD}"}


@pytest.fixture
def post(client, clock):
    """`post(event)`: a signed post as a provider sends it."""

    def post(content, *, secret=SECRET, age=0, mimetype="application/json", **headers):
        body = content if isinstance(content, bytes) else json.dumps(content).encode("ascii")
        timestamp = str(int(clock.now.timestamp()) - age)
        signed = {
            "Webhook-Timestamp": timestamp,
            "Webhook-Signature": signature(secret, timestamp, body),
            **headers,
        }
        return client.post("/hooks/mail", data=body, content_type=mimetype, headers=signed)

    return post


def event(one, **values):
    return {
        "type": "bounce",
        "message_id": one.header("Message-ID").partition(": ")[2],
        "recipient": one.person.email,
        "status": "5.1.1",
        "diagnostic": "550 5.1.1 user unknown",
        **values,
    }


@ON_SQLITE
def test_a_bounce_is_noted_and_suppresses(post, sent, bounces, shut):
    one = sent()
    answer = post(event(one))
    assert (answer.status_code, answer.json) == (
        200,
        {"noted": 1, "repeated": 0, "unknown": 0, "waiting": 0},
    )
    assert [(row.kind, row.source, row.diagnostic) for row in bounces()] == [
        ("hard", "webhook", "550 5.1.1 user unknown")
    ]
    assert shut(one.person)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@ON_SQLITE
def test_posted_again_it_is_noted_once(post, sent, bounces):
    one = sent()
    assert [post(event(one)).json["noted"], post(event(one)).json["repeated"]] == [1, 1]
    assert len(bounces()) == 1


@ON_SQLITE
def test_a_list_is_noted_together(post, sent, bounces):
    one = sent()
    found = post([event(one), event(one, type="complaint"), event(one, recipient="nobody@example.org")]).json
    assert (found["noted"], found["unknown"]) == (2, 1)
    assert [row.kind for row in bounces()] == ["hard", "complaint"]


@ON_SQLITE
def test_each_of_a_list_is_noted_for_itself_so_that_nobody_stays_locked(post, sent, bounces, monkeypatch):
    one, noted, note = sent(), [], operations.note

    def see(*args):
        noted.append(len(bounces()))
        return note(*args)

    monkeypatch.setattr(operations, "note", see)
    assert post([event(one), event(one, type="complaint")]).status_code == 200
    assert noted == [0, 1]


@ON_SQLITE
@pytest.mark.parametrize("report", ["bounce", "complaint"])
def test_a_report_is_taken_as_it_came_by_mail(post, sent, bounces, report):
    answer = post(getattr(sent(), report)(), mimetype="message/rfc822")
    assert answer.json["noted"] == 1
    assert len(bounces()) == 1


@ON_SQLITE
def test_a_secret_is_changed_without_a_gap(post, sent):
    one = sent()
    assert post(event(one), secret=OLD).status_code == 200
    both = f"v1={'0' * 64} {signature(SECRET, '0', b'')}"
    assert post(event(one), **{"Webhook-Signature": both}).status_code == 401


REFUSED = (
    ({"secret": "another secret, as long as the right one"}, "does not fit"),
    ({"Webhook-Signature": ""}, "does not fit"),
    ({"Webhook-Signature": "v1=" + "0" * 64}, "does not fit"),
    ({"Webhook-Signature": "äö"}, "does not fit"),
    ({"age": 301}, "five minutes"),
    ({"age": -301}, "five minutes"),
    ({"Webhook-Timestamp": ""}, "not a number"),
    ({"Webhook-Timestamp": "-1"}, "not a number"),
    ({"Webhook-Timestamp": "9" * 400}, "not a number"),
)


@ON_SQLITE
def test_who_does_not_sign_or_did_so_long_ago_is_refused(post, sent, bounces, shut):
    one = sent()
    for change, word in REFUSED:
        answer = post(event(one), **change)
        assert (answer.status_code, word in answer.json["error"]) == (401, True), change
    assert (bounces(), shut(one.person)) == ([], {})


@ON_SQLITE
def test_a_signature_of_another_body_or_moment_is_none(client, post, sent, clock):
    one = sent()
    first = json.dumps(event(one)).encode()
    timestamp = str(int(clock.now.timestamp()))
    signed = signature(SECRET, timestamp, first)
    later = str(int(timestamp) + 1)
    for body, moment in ((first.replace(b"bounce", b"complaint"), timestamp), (first, later)):
        answer = client.post(
            "/hooks/mail",
            data=body,
            content_type="application/json",
            headers={"Webhook-Timestamp": moment, "Webhook-Signature": signed},
        )
        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        ([], "0 events"),
        ([{}] * 1001, "1001 events"),
        ("text", "not an object"),
        ({"type": "opened"}, "bounce or complaint"),
        ({"type": 5}, "type is a text"),
        ({"type": "bounce", "message_id": "<a@example.com>"}, "recipient"),
        (
            {"type": "bounce", "message_id": "<a@b>", "recipient": "a@example.fi", "status": "gone"},
            "such as 5.1.1",
        ),
        ({"type": "complaint", "message_id": "m" * 1001, "recipient": "a@example.fi"}, "at most 1000"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(content, word):
    with pytest.raises(BadInput, match=word):
        events(content if isinstance(content, bytes) else json.dumps(content).encode("ascii"))


@ON_SQLITE
def test_one_bad_event_and_none_is_noted(post, sent, bounces):
    answer = post([event(sent()), {"type": "bounce"}])
    assert answer.status_code == 422
    assert answer.json["error"].startswith("Event 2: ")
    assert bounces() == []


@ON_SQLITE
def test_half_a_character_and_a_nul_harm_nothing(post, sent, bounces):
    assert post(event(sent(), diagnostic="\ud800 \0", id="\ud800")).json["noted"] == 1
    assert [row.diagnostic for row in bounces()] == ["?"]


def test_a_nul_in_any_field_is_dropped(post, sent, bounces):
    one = sent()
    message_id = one.header("Message-ID").partition(": ")[2]
    made_up = event(one, message_id="<made\0up@example.com>", recipient="\0aino@example.fi")
    assert post(made_up).json["unknown"] == 1
    assert post(event(one, message_id=f"{message_id}\0")).json["noted"] == 1
    assert post(event(one, message_id="\0")).status_code == 422
    report = one.bounce(original="Message-ID: <made\0up@example.com>\n")
    assert post(report, mimetype="message/rfc822").json["unknown"] == 1
    assert len(bounces()) == 1


@ON_SQLITE
def test_what_is_no_report_is_refused(post, database):
    answer = post(b"Subject: hello\n\nhello\n", mimetype="message/rfc822")
    assert (answer.status_code, answer.json["error"].partition(" ")[0]) == (422, "It")


@ON_SQLITE
def test_another_kind_of_body_is_refused(post, database):
    assert post(b"a=b", mimetype="application/x-www-form-urlencoded").status_code == 415


@ON_SQLITE
class TestWithoutSecret:
    @pytest.fixture
    def extra_settings(self):
        return {}

    def test_there_is_no_webhook(self, post, database):
        assert post({}).status_code == 404


@ON_SQLITE
def test_another_mail_that_came_back_is_noted_by_its_message_id(post, mailed, kept, shut, customer):
    one = mailed("aino@example.fi")
    message_id = one.header("Message-ID").partition(": ")[2]
    told = {"type": "bounce", "message_id": message_id, "recipient": "aino@example.fi", "status": "5.1.1"}
    assert post({**told, "recipient": "anna@example.fi"}).json["unknown"] == 1
    assert [post(told).json["noted"], post(told).json["repeated"]] == [1, 1]
    assert kept()[0].state == "returned"
    assert shut(customer)


@ON_SQLITE
def test_each_event_has_a_moment_of_its_own(mailed, kept, customer, database, settings):
    told = [
        {
            "type": "bounce",
            "message_id": mailed(customer).header("Message-ID").partition(": ")[2],
            "recipient": "aino@example.fi",
            "status": "5.1.1",
        }
        for _ in range(2)
    ]
    moments = [NOW + timedelta(seconds=number) for number in (1, 2)]
    clock = iter(moments)
    with database.session() as session:
        for _ in webhook.take(
            session, settings, "application/json", json.dumps(told).encode(), lambda: next(clock)
        ):
            session.commit()
    assert sorted(mail.finished_at for mail in kept()) == moments
