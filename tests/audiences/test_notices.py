"""Of each audience file that left, the privacy officers are told: on their front page, and by the mail of the morning."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.audiences.models import PULL, Export
from clevenio.outbox import Mail
from clevenio.people.staff_members import Role, StaffMember
from clevenio.rights import reminders
from tests.audiences.conftest import HOME
from tests.support.factories import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PAGE = "/staff/"
HEADING = "Audience files that left"
# Seven in Finland, where the working day begins.
MORNING = NOW.replace(hour=4, minute=0)


@pytest.fixture
def file(database):
    """`file()`: a file that was fetched, as it is on record."""

    def make(**values):
        facts = {
            "kind": "upload", "state": "finished", "platform": "google", "vendor": "google", "segment": "Spring",
            "criteria": {}, "actor": "command", "created_at": NOW, "ledger_position": 0, "notices": [],
            "rows": 1400, "rejects": {}, "files": [], "is_added_only": False,
        }  # fmt: skip
        with database.session() as session:
            made = Export(**facts | values)
            session.add(made)
            session.commit()
            return made.id

    return make


@pytest.fixture
def remind(database, settings):
    """`remind(when)`: how many mails the tick of that moment queued."""

    def act(when):
        with database.session() as session:
            number = reminders.remind(session, settings, when)
            session.commit()
        return number

    return act


def member_named(database, email):
    with database.session(write=False) as session:
        return f"staff:{session.scalars(select(StaffMember).where(StaffMember.email == email)).one().id}"


def newest(database):
    with database.session(write=False) as session:
        return session.scalars(select(Mail).order_by(Mail.id.desc())).first()


def test_the_front_page_says_who_took_which_file_and_where_it_went(signed_in, file, database):
    officer = signed_in(Role.PRIVACY_OFFICER, email="officer@example.com")
    signed_in(Role.MARKETER)
    number = file(actor=member_named(database, "marketer@example.com"))
    file(actor=PULL, segment="all")
    page = officer.get(PAGE).text.partition(HEADING)[2]
    for words in (
        "marketer@example.com",
        "Google Ads Customer Match",
        "Spring",
        "1,400",
        "The platform itself",
        "Everybody",
    ):
        assert words in page
    assert f'href="{HOME}/exports/{number}"' in page


@pytest.mark.parametrize(
    "values", [{"kind": "removal"}, {"state": "prepared"}, {"created_at": NOW - timedelta(days=8)}]
)
def test_what_is_no_audience_file_that_left_lately_is_no_news(signed_in, file, remind, values):
    officer = signed_in(Role.PRIVACY_OFFICER, email="officer@example.com")
    file(**values)
    assert HEADING not in officer.get(PAGE).text
    assert remind(MORNING + timedelta(days=1)) == 0


def test_a_file_that_was_thrown_away_had_left_all_the_same(signed_in, file):
    officer = signed_in(Role.PRIVACY_OFFICER, email="officer@example.com")
    file(kind="discarded")
    assert HEADING in officer.get(PAGE).text


def test_a_marketers_front_page_is_no_place_for_it(signed_in, file):
    file()
    assert HEADING not in signed_in(Role.MARKETER).get(PAGE).text


def test_an_officer_reads_of_a_file_and_acts_on_none(signed_in, file, database):
    officer = signed_in(Role.PRIVACY_OFFICER, email="officer@example.com")
    page = f"{HOME}/exports/{file()}"
    assert "A command on the server" in officer.get(f"{HOME}/exports").text
    answer = officer.get(page)
    assert answer.status_code == 200
    assert "A command on the server" in answer.text
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    assert "<form" not in main
    assert 'href="/staff/audiences"' not in main
    assert officer.post(f"{page}/discarding").status_code == 403


def test_each_file_is_told_once_on_the_morning_after(signed_in, file, remind, database):
    signed_in(Role.PRIVACY_OFFICER, email="officer@example.com")
    number = file()
    # NOW is past seven already: no mail in the middle of the day.
    later = (NOW + timedelta(hours=1), MORNING + timedelta(days=1, minutes=-1))
    assert [remind(when) for when in later] == [0, 0]
    assert remind(MORNING + timedelta(days=1)) == 1
    mail = newest(database)
    assert mail.subject == "1 audience file left for an advertising platform."
    text = mail.message.decode()
    assert f"/staff/audiences/exports/{number}" in text
    assert remind(MORNING + timedelta(days=2)) == 0


def test_a_mail_that_was_kept_up_tells_of_all_the_days(signed_in, file, remind, database):
    signed_in(Role.PRIVACY_OFFICER, email="officer@example.com")
    file()
    file(created_at=NOW + timedelta(days=2))
    assert remind(MORNING + timedelta(days=3)) == 1
    assert newest(database).subject == "2 audience files left for advertising platforms."


def test_many_files_are_counted_and_the_first_of_them_named(signed_in, file, remind, database):
    signed_in(Role.PRIVACY_OFFICER, email="officer@example.com")
    for _number in range(22):
        file()
    assert remind(MORNING + timedelta(days=1)) == 1
    assert "And 2 more" in newest(database).message.decode()
