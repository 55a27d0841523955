"""The register of breaches on the screen: opened, added to, seen to be late, and taken along."""

import csv
import io
import json

import pytest
from sqlalchemy import select

from clevenio.accounts import drafts
from clevenio.audit import AuditEntry
from clevenio.rights.breaches import operations
from clevenio.rights.breaches.models import Role
from clevenio.rights.breaches.operations import Opening
from tests.backoffice.test_ended_session import fields
from tests.support.application import form_token
from tests.support.factories import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

REGISTER = "/staff/breaches"
# NOW is half past ten in Finland.
OPENING = {
    "incident": "A list went to the wrong recipient",
    "role": "controller",
    "known_at": "2026-06-01T09:00",
    "known_how": "The recipient called.",
    "facts": "One file was attached to the wrong mail.",
}


@pytest.fixture
def officer(sign_in_staff, clock):
    return sign_in_staff("privacy_officer")


def send(client, path, **fields):
    return client.post(path, data={"csrf_token": form_token(client.get(path)), **fields})


def opened(officer, **fields):
    answer = send(officer, f"{REGISTER}/new", **{**OPENING, **fields})
    assert answer.status_code == 303
    return answer.location


def test_what_was_added_after_the_session_ended_is_carried_along(officer, clock, settings):
    path = f"{opened(officer)}/authority"
    typed = {"decision": "notified", "moment": "2026-06-01T10:00", "text": "By their form.", "delay": "None."}
    token = form_token(officer.get(path))
    clock.advance(days=40)
    ended = officer.post(path, data={**typed, "csrf_token": token})
    assert ended.status_code == 403
    draft = drafts.unseal(settings.secret_keys, fields(ended)["draft"], clock.now)
    assert (draft.endpoint, dict(draft.fields)) == (path, typed)


def test_a_breach_whose_hours_run_stands_above_every_page_of_whoever_keeps_the_register(
    officer, clock, sign_in_staff
):
    entry = opened(officer)
    line = f'<strong>Data breach, 70 hours left: {OPENING["incident"]}</strong> <a href="{entry}">'
    assert line in officer.get("/staff/retention/holds").text
    marketer = sign_in_staff("marketer", email="marketer@example.com")
    assert OPENING["incident"] not in marketer.get("/staff/security").text
    send(officer, f"{entry}/authority", decision="not_needed", text="The file was empty.")
    send(officer, f"{entry}/people", decision="no_high_risk", text="The file was empty.")
    assert OPENING["incident"] not in officer.get("/staff/retention/holds").text


@pytest.mark.parametrize(
    ("language", "left", "over"),
    [("en", "70 hours left", "Over by 25 hours"), ("fi", "70 tuntia jäljellä", "Ylittynyt 25 tuntia")],
)
def test_an_entry_shows_what_is_left_and_turns_red_when_it_is_over(
    officer, clock, sign_in_staff, language, left, over
):
    entry = opened(officer)
    reader = {"Accept-Language": language}
    for path in (entry, REGISTER):
        page = officer.get(path, headers=reader).text
        assert left in page
        assert "tag alert" not in page
    clock.advance(hours=70.5 + 25)
    later = sign_in_staff("administrator")
    for path in (entry, REGISTER):
        assert over in later.get(path, headers=reader).text.partition("tag alert")[2]


def test_what_waits_stands_on_the_dashboard_until_it_was_decided(officer):
    assert OPENING["incident"] not in officer.get("/staff/").text
    entry = opened(officer)
    page = officer.get("/staff/").text
    assert f"Data breach, 70 hours left: {OPENING['incident']}" in page
    assert "Notify the authority" in page
    send(officer, f"{entry}/authority", decision="not_needed", text="The file was empty.")
    assert "Tell the people" in officer.get("/staff/").text


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("incident", "", "Write this down."),
        ("incident", "aino@example.fi got a file", "Leave out e-mail addresses"),
        ("facts", "She called from +358 40 123 4567", "Leave out phone numbers"),
        ("facts", "x" * 5001, "Shorten this to 5000 characters."),
        ("known_at", "", "Give the day and the time."),
        ("known_at", "yesterday", "Not a valid datetime value."),
        ("known_at", "2026-06-01T10:31", "This time is still to come."),
        ("known_at", "0001-01-01T00:00", "This day is before 25 May 2018"),
        ("known_at", "2026-03-29T03:30", "There was no such time: the clocks were put forward that night."),
        ("role", "bystander", "Not a valid choice."),
    ],
)
def test_what_is_typed_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    officer, field, typed, message
):
    answer = send(officer, f"{REGISTER}/new", **{**OPENING, field: typed})
    assert answer.status_code == 422
    assert message in answer.text.partition(f'id="{field}-error"')[2][:200]
    kept = "One file was attached" if field != "facts" else OPENING["incident"]
    assert kept in answer.text
    assert "No incidents" in officer.get(REGISTER).text


def test_a_late_notification_asks_for_its_reason_beside_the_field(officer, clock, sign_in_staff):
    entry = opened(officer)
    clock.advance(days=4)
    later = sign_in_staff("administrator")
    told = {"decision": "notified", "moment": "2026-06-05T10:00", "text": "Form 1."}
    answer = send(later, f"{entry}/authority", **told)
    assert answer.status_code == 422
    assert "write the reason for the delay" in answer.text.partition('id="delay-error"')[2][:200]
    assert "Form 1." in answer.text
    assert send(later, f"{entry}/authority", **told, delay="Nobody was here.").status_code == 303
    assert "Notified late" in later.get(entry).text


def test_a_notification_needs_its_time_and_a_ground_needs_none(officer):
    entry = opened(officer)
    answer = send(officer, f"{entry}/people", decision="told", text="By letter.")
    assert "Give the day and the time." in answer.text.partition('id="moment-error"')[2][:200]
    assert send(officer, f"{entry}/people", decision="protected", text="Encrypted.").status_code == 303


def test_numbers_are_numbers(officer):
    entry = opened(officer)
    for typed in ("many", "-1", "1e999", "99999999999999999999"):
        answer = send(officer, f"{entry}/categories", text="Customers", people=typed)
        assert (answer.status_code, 'id="people-error"' in answer.text) == (422, True), typed
    assert send(officer, f"{entry}/categories", text="Customers", people="1200").status_code == 303
    assert "1,200" in officer.get(entry).text


def test_what_is_not_ours_to_do_or_not_there_is_refused(officer):
    entry = opened(officer, role="processor")
    answer = send(officer, f"{entry}/authority", decision="not_needed", text="No risk.")
    assert (answer.status_code, "not for us to do" in answer.text) == (422, True)
    assert officer.get(f"{entry}/gossip").status_code == 404
    assert officer.get(f"{REGISTER}/4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa").status_code == 404


def test_register_and_entry_are_taken_along_and_that_is_in_the_trail(officer, database):
    entry = opened(officer, incident="=1+1 went to the wrong recipient")
    token = form_token(officer.get(entry))
    register = officer.post(f"{REGISTER}/file", data={"csrf_token": token})
    rows = list(csv.DictReader(io.StringIO(register.data.decode("utf-8-sig"))))
    assert [row["aspect"] for row in rows] == ["incident", "known", "facts"]
    assert rows[0]["text"] == "'=1+1 went to the wrong recipient"
    assert rows[1]["moment"] == "2026-06-01T06:00:00+00:00"
    whole = json.loads(officer.post(f"{entry}/file", data={"csrf_token": token}).data)
    assert [each["hash"] for each in whole["additions"]] == [row["hash"] for row in rows]
    with database.session(write=False) as session:
        actions = session.scalars(select(AuditEntry.action)).all()
    assert actions.count("breach.export") == 2


def test_text_is_text(officer):
    entry = opened(officer, incident="<script>alert(1)</script>", facts="<b>bold</b>")
    for path in (entry, REGISTER, "/staff/"):
        assert "<script>alert(1)" not in officer.get(path).text
        assert "<b>bold" not in officer.get(path).text


def test_what_a_command_wrote_down_opens_too(officer, database):
    opening = Opening(Role.CONTROLLER, "A list", "It was left.", NOW, "A colleague said so.")
    with database.session() as session:
        entry = operations.open_entry(session, opening, "command", NOW)
        session.commit()
        path = f"{REGISTER}/{entry.id}"
    page = officer.get(path)
    assert (page.status_code, "The command line" in page.text) == (200, True)
