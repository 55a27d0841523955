"""The privacy officer's pages: what to send, the file, the day, and wrong days beside their field."""

import csv
import io
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry, subject_hash
from clevenio.rights.models import State
from clevenio.rights.recipients import others
from tests.rights.conftest import EMAIL, STAFF
from tests.rights.recipients.test_opening import correct, sha
from tests.rights.recipients.test_others import receiving
from tests.rights.test_staff import send
from tests.support.factories import NOW
from tests.support.mailbox import text_of

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
LIST = "/staff/recipients"
PLATFORM = f"{LIST}/platforms/google/closing"


@pytest.fixture
def officer(sign_in_staff, clock):
    return sign_in_staff("privacy_officer")


@pytest.fixture
def erased(acts, relay, hand_out):
    person = acts.customer()
    hand_out("google")
    request = acts.ask(person)
    acts.erase(request, relay)
    assert acts.request(request).state == State.DONE
    return request


def fetched(client):
    answer = send(client, f"{LIST}/files", LIST, platform="google")
    assert answer.status_code == 303
    file = client.get(answer.location)
    assert file.text  # read to its end
    return file


def answers(settings):
    folder = settings.data / "mail"
    return [
        text_of(message_from_bytes(path.read_bytes(), policy=policy.default)) for path in folder.glob("*.eml")
    ]


def test_a_text_says_that_the_erasure_comes_before_it(officer, acts, told, database, settings, relay):
    request = acts.ask(acts.customer())
    with database.session() as session:
        others.by_hand(session, settings, request, "linkedin", STAFF, NOW)
        session.commit()
    page = f"{LIST}/{told()[0].id}"
    assert "The erasure comes first" in officer.get(page).text
    acts.erase(request, relay)
    assert "We have erased the data." in officer.get(page).text
    assert "The erasure comes first" not in officer.get(page).text


def test_the_officer_fetches_the_file_and_writes_the_day_down(officer, erased, told, leavers, acts):
    page = officer.get(LIST)
    assert "1 person is to be taken out or corrected, by 15 June 2026" in page.text.replace("\u00a0", " ")
    assert "was taken out" not in page.text
    file = fetched(officer)
    assert (file.status_code, file.mimetype) == (200, "text/csv")
    assert [row["Email"] for row in csv.DictReader(io.StringIO(file.text))] == [sha(EMAIL)]
    assert "no-store" in file.headers["Cache-Control"]
    page = officer.get(LIST)
    assert "Write down that 1 person was taken out" in page.text
    answer = send(officer, PLATFORM, LIST, told_on=NOW.date().isoformat())
    assert (answer.status_code, answer.location) == (303, LIST)
    assert told()[0].told_on == NOW.date()
    assert leavers() == []
    assert "Nobody is to be told" in officer.get(LIST).text
    assert "Google Ads" in officer.get(f"{LIST}?state=closed").text
    shown = officer.get(f"/staff/requests/{erased}").text.replace("\u00a0", " ")
    assert "Google Ads Customer Match, Google Ireland Limited: was told on 1 June 2026" in shown


def test_a_link_to_the_file_works_once_and_for_nobody_else(officer, erased, sign_in_staff):
    answer = send(officer, f"{LIST}/files", LIST, platform="google")
    other = sign_in_staff("privacy_officer", email="other@example.com")
    assert other.get(answer.location).status_code == 404
    assert officer.get(answer.location).status_code == 200
    assert officer.get(answer.location).status_code == 404


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("", "Say on which day."),
        ("2026-06-02", "This day is still to come."),
        ("2026-05-31", "No removal file with these people was ready on that day."),
        ("yesterday", "Not a valid date"),
    ],
)
def test_a_wrong_day_is_said_beside_its_field_and_closes_nothing(officer, erased, told, day, words):
    fetched(officer)
    answer = send(officer, PLATFORM, LIST, told_on=day)
    assert answer.status_code == 422
    assert words in answer.text
    assert day in answer.text
    assert told()[0].closed_at is None


def test_one_recipient_alone_is_closed_with_a_reason_that_the_form_asks_for(officer, erased, told):
    path = f"{LIST}/{told()[0].id}"
    today = NOW.date().isoformat()
    answer = send(officer, f"{path}/closing", path, result="impossible", told_on=today, reason=" ")
    assert answer.status_code == 422
    assert "Say why the recipient could not be told." in answer.text
    answer = send(
        officer, f"{path}/closing", path, result="impossible", told_on=today, reason="It is closed."
    )
    assert answer.status_code == 303
    assert "could not be told" in officer.get(path).text
    again = officer.post(f"{path}/closing", data={"csrf_token": "x", "result": "told", "told_on": today})
    assert again.status_code == 400


def test_what_nobody_knows_is_not_found(officer):
    assert officer.get(f"{LIST}/00000000-0000-0000-0000-000000000000").status_code == 404
    assert send(officer, f"{LIST}/files", LIST, platform="nowhere").status_code == 404


def test_no_page_shows_an_address_and_looking_at_one_is_in_the_trail(
    officer, acts, hand_out, told, database, settings
):
    person = acts.customer()
    hand_out("google")
    request = correct(acts, database, settings, person, "phone", "+358409999999")
    path = f"{LIST}/{told()[0].id}"
    for page in (LIST, path):
        for private in (EMAIL, "Aino", "+3584"):
            assert private not in officer.get(page).text
    assert str(request) in officer.get(path).text
    with database.session(write=False) as session:
        query = select(AuditEntry.subject).where(AuditEntry.action == "recipients.read")
        assert set(session.scalars(query)) == {subject_hash(settings.suppression_key, person)}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", ("Poistakaa ne tiedot, jotka teillä on henkilöstä.", "viimeistään 15. kesäkuuta 2026")),
        ("en", ("Please erase what you have of the person.", "by 15 June 2026")),
    ],
)
def test_a_text_is_in_the_language_of_the_contact_and_names_nobody(
    officer, acts, relay, told, declared, language, words
):
    receiving(declared, contact_language=language)
    acts.erase(acts.ask(acts.customer()), relay)
    page = officer.get(f"{LIST}/{told()[0].id}").text.replace("\u00a0", " ")
    letter = page[page.index("<pre") : page.index("</pre>")]
    for word in (*words, sha(EMAIL), sha("+358401234567"), str(told()[0].id)):
        assert word in letter
    assert EMAIL not in page
    assert "privacy@keeper.example" in page


def test_a_correction_tells_the_new_value(officer, acts, told, declared, database, settings):
    receiving(declared)
    correct(acts, database, settings, acts.customer(), "last_name", "Uusi")
    assert "Last name is Uusi." in officer.get(f"{LIST}/{told()[0].id}").text


def test_the_answer_to_an_erasure_names_who_is_still_to_be_told(erased, settings):
    answer = next(text for text in answers(settings) if "Who had data from us and is told of this" in text)
    assert "Google Ads Customer Match, Google Ireland Limited: will be told by" in answer


def test_the_answer_to_a_correction_names_who_was_told(
    officer, acts, hand_out, told, database, settings, relay
):
    person = acts.customer()
    hand_out("google")
    request = correct(acts, database, settings, person, "phone", "+358409999999")
    path = f"{LIST}/{told()[0].id}"
    send(officer, f"{path}/closing", path, result="told", told_on=NOW.date().isoformat(), reason="")
    page = f"/staff/requests/{request}/answer"
    send(officer, page, page, text="Korjattu.", way="mail", outcome="")
    acts.deliver(relay, NOW + timedelta(minutes=1))
    answer = next(text for text in answers(settings) if "Korjattu." in text).replace("\u00a0", " ")
    assert "Ketkä ovat saaneet meiltä tietoja" in answer
    assert "kerrottu 1. kesäkuuta 2026" in answer


def test_the_request_says_beside_each_recipient_what_they_are_told(officer, erased, told):
    page = officer.get(f"/staff/requests/{told()[0].request}").text
    assert '<span class="soft">Erased</span>' in page


def test_looking_at_the_list_opens_nothing(officer, acts, hand_out, told, withdraw, catch_up):
    person = acts.customer()
    hand_out("google")
    withdraw(person, "ad_audiences:google")
    assert officer.get(LIST).status_code == 200
    assert told() == []
    assert catch_up() == 1
    assert "Google" in officer.get(LIST).text
