"""Those whom nobody knows: made ready for the database before it is asked."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from clevenio.consent.ledger import history
from clevenio.consent.models import Notice
from clevenio.consent.verification import verify
from clevenio.people import suppression
from clevenio.people.imports.checking import Batch, unpacked
from clevenio.people.imports.rows import Reader, Rules
from clevenio.people.imports.strangers import identifiers_of_a_chunk, strangers
from clevenio.people.models import Person
from tests.support.factories import SUPPRESSION_KEY

NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
RULES = Rules("a-key", NOW, ZoneInfo("Europe/Helsinki"), "fi")
PROOF = ["newsletter;surveys", "2026-05-31T14:30", "fair", "Send me the newsletter."]


def made(*lines, columns):
    read = Reader(columns, RULES).read(list(enumerate(lines, 2)))
    rows, new = strangers(read.rows, RULES)
    return Batch(columns, len(lines), rows, new, read.left, read.warnings, read.rejects)


def test_identifiers_of_a_chunk_are_random_ones_that_begin_alike():
    found = identifiers_of_a_chunk(500)
    assert {UUID(each).version for each in found} == {4}
    assert {str(UUID(each).variant) for each in found} == {"specified in RFC 4122"}
    assert len({each[:6] for each in found}) == 1
    assert len(set(found)) == 500
    assert found != sorted(found)
    assert identifiers_of_a_chunk(1)[0][:6] != found[0][:6]


@pytest.mark.parametrize("columns", [["email", "consent"], ["email", "language", "consent"]])
def test_a_batch_is_the_same_once_another_process_has_packed_it(columns):
    columns = [*columns[:-1], "opted_out", "consent", "consent_at", "consent_source", "consent_wording"]
    spoken = ["en"] if "language" in columns else []
    lines = [
        ["aino@example.com", *spoken, "", *PROOF],
        ["eero@example.com", *(["" for _ in spoken]), "", "", "", "", ""],
        ["outi@example.com", *spoken, "yes", *PROOF],
        ["risto@", *spoken, "", *PROOF],
        ["salme@example.com", *spoken, "", "newsletter", "", "fair", "Send me the newsletter."],
    ]
    batch = made(*lines, columns=columns)
    again = unpacked(batch.packed())
    places = range(len(batch.rows))
    assert [again.rows.row(place) for place in places] == [batch.rows.row(place) for place in places]
    assert [again.strangers.people[place] for place in places] == [*batch.strangers.people]
    assert [list(links) for links in again.strangers.links] == [
        list(links) for links in batch.strangers.links
    ]
    assert again.strangers.wordings == batch.strangers.wordings
    assert (again.left, again.warnings, again.rejects) == (batch.left, batch.warnings, batch.rejects)
    assert len(again.left) == len(again.warnings) == len(again.rejects) == 1


def test_their_rows_and_first_links_are_what_anybodys_are(bring, other_session, proved, tmp_path):
    bring(
        {
            "email": "aino@example.com",
            "language": "en",
            "phone": "0471234567",
            **proved("newsletter", "surveys"),
        },
        {"email": "eero@example.com", "language": "", "phone": "", **proved("newsletter")},
    )
    with other_session() as session:
        assert list(verify(session, tmp_path, ["key"])) == []
        people = {person.email: person for person in session.scalars(select(Person))}
        said = {email: history(session, person.id) for email, person in people.items()}
    assert [(each.sequence, each.purpose) for each in said["aino@example.com"]] == [
        (1, "newsletter"),
        (2, "surveys"),
    ]
    assert said["eero@example.com"][0].evidence == {
        "given_at": "2026-05-31T11:30:00+00:00",
        "source": "trade fair form",
    }
    assert people["aino@example.com"].created_at == said["aino@example.com"][0].at
    assert people["eero@example.com"].phone is people["eero@example.com"].phone_suppression is None


def test_of_whoever_was_left_out_no_evidence_is_kept(bring, database, other_session, proved):
    with database.session() as session:
        key = suppression.email_key(SUPPRESSION_KEY, "aino@example.com")
        suppression.suppress(session, key, "email", suppression.EVERYTHING, "erasure", NOW)
        session.commit()
    bring(
        {"email": "aino@example.com", **proved("newsletter"), "consent_source": "call of Aino Keksitty"},
        {"email": "eero@example.com", **proved("newsletter")},
    )
    with other_session() as session:
        kept = [str(notice.content) for notice in session.scalars(select(Notice))]
    assert len([each for each in kept if "trade fair form" in each]) == 1
    assert [each for each in kept if "Keksitty" in each] == []
