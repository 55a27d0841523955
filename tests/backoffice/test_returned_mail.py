"""What came back, as staff see it: on the page of the person, and in the list."""

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry, subject_hash
from clevenio.backoffice import trail
from clevenio.newsletter.bounces import operations
from clevenio.newsletter.bounces.matching import Matched
from clevenio.newsletter.bounces.models import Kind, Source
from clevenio.newsletter.models import Campaign, Delivery, Edition
from tests.support.factories import NOW, grant, make_person

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PATH = "/staff/returned-mail"


@pytest.fixture
def came_back(database):
    """`came_back("hard", "5.1.1")`: a delivery to aino@example.fi that did; returns the person's id."""

    def make(kind, code="", said="550 no & gone <aino@example.fi>", source=Source.REPORT):
        with database.session() as session:
            person = make_person(session, "aino@example.fi")
            grant(session, person, "newsletter")
            campaign = Campaign(topic="newsletter", created_at=NOW)
            session.add(campaign)
            session.flush()
            delivery = Delivery(
                campaign=campaign.id,
                person=person.id,
                language="en",
                basis="consent",
                decision=1,
                notice="0" * 32,
                state="sent",
                due_at=NOW,
                finished_at=NOW,
            )
            edition = Edition(
                campaign=campaign.id,
                language="en",
                subject="Made-up <b>news</b> of {{ company }}",
                source="# Made up",
            )
            finnish = Edition(campaign=campaign.id, language="fi", subject="Keksittyä", source="# Keksittyä")
            session.add_all([delivery, edition, finnish])
            session.flush()
            report = operations.of_reply(code, said, "made up")
            operations.note_about(
                session,
                Matched(delivery, person, person.email_suppression),
                report,
                Kind(kind),
                source,
                NOW,
            )
            session.commit()
            return person.id

    return make


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("hard", "5.1.1", ("No such mailbox", "No marketing mail goes there", "550 no &amp; gone")),
        ("blocked", "5.7.1", ("Our mail was refused", "Mail still goes there", "550 ")),
        ("complaint", "", ("Complaint", "No marketing mail goes there", "–")),
    ],
)
def test_the_list_says_what_came_back_and_what_follows(sign_in_staff, came_back, kind, code, words):
    came_back(kind, code)
    page = sign_in_staff("marketer").get(PATH).text
    for word in (*words, "Made-up &lt;b&gt;news&lt;/b&gt; of Clevenio<", "a•••@example.fi"):
        assert word in page
    assert "aino@" not in page


@pytest.mark.parametrize(("language", "subject"), [("en", "of Clevenio</a>"), ("fi", "Keksittyä</a>")])
def test_a_campaign_stands_under_one_name_in_the_readers_language(
    sign_in_staff, came_back, language, subject
):
    came_back("hard", "5.1.1")
    page = sign_in_staff("marketer").get(PATH, headers={"Accept-Language": language}).text
    assert subject in page


@pytest.mark.parametrize(("source", "is_said"), [(Source.REPLY, True), (Source.REPORT, False)])
def test_what_a_server_refused_while_it_was_sent_says_so(sign_in_staff, came_back, source, is_said):
    came_back("hard", "5.1.1", source=source)
    assert ("Failed while it was sent" in sign_in_staff("marketer").get(PATH).text) is is_said


def test_who_saw_whose_is_in_the_trail(sign_in_staff, came_back, other_session, settings):
    person = came_back("hard", "5.1.1")
    sign_in_staff("marketer").get(PATH)
    with other_session() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "returned.list"))
        hashed = subject_hash(settings.suppression_key, person)
        assert entry.details["subjects"] == [hashed]
        assert entry in session.scalars(trail.entries(trail.Wanted(subject=hashed))).all()


def test_where_nothing_came_back_the_list_says_what_will_be_here(sign_in_staff, other_session):
    assert "Nothing came back" in sign_in_staff("marketer").get(PATH).text
    with other_session() as session:
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.action == "returned.list")) is None


@pytest.mark.parametrize(
    ("kind", "language", "words"),
    [
        ("hard", "en", ("There is no such mailbox", "No such mailbox", "550 no &amp; gone (address)")),
        ("complaint", "fi", ("Valitti sähköpostipalvelulleen", "Valitus")),
    ],
)
def test_the_page_of_the_person_says_why_nothing_goes_there(sign_in_staff, came_back, kind, language, words):
    person = came_back(kind, "5.1.1")
    client = sign_in_staff("marketer")
    page = client.get(f"/staff/people/{person}?why=signup", headers={"Accept-Language": language}).text
    section = page.partition('<h2 id="suppression">')[2].partition("<h2")[0]
    for word in words:
        assert word in section
