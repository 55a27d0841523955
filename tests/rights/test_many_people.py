"""What is asked about one person, or once a night, grows with what is theirs and not with how many people there are."""

import re

import pytest
from sqlalchemy import event

from clevenio.people.models import Person
from clevenio.rights import subjects
from clevenio.rights.access.file import access_file, portability_file
from clevenio.rights.retention.rules import retention
from tests.support.factories import NOW

# PostgreSQL compares each row with a list of all of them, once it is too long to be hashed in memory. Who is
# restricted is a short list.
EVERYBODY = re.compile(
    r"NOT IN \(\s*SELECT[^()]*FROM (people|consent_(?:standing|heads|decisions))\b(?!\s*WHERE people.restricted_at IS NOT NULL)"
)


@pytest.fixture
def against_everybody(database):
    """The statements since then that hold a row against a list of all people."""
    found: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def look(_connection, _cursor, statement, *_more):
        # Why somebody is in no audience asks who shares their mailbox, in the words of an export.
        if EVERYBODY.search(statement) and not statement.startswith("WITH shared_"):
            found.append(statement)

    return found


def test_a_copy_reads_no_list_of_everybody(acts, database, settings, against_everybody):
    person = acts.customer()
    with database.session() as session:
        subject = subjects.of_person(session, settings, session.get_one(Person, person))
        access_file(session, settings, subject, "fi", NOW)
        portability_file(session, settings, subject, "fi", NOW)
    assert "\n----\n".join(against_everybody) == ""


def test_an_erasure_reads_no_list_of_everybody(acts, relay, against_everybody):
    acts.erase(acts.ask(acts.customer()), relay)
    assert "\n----\n".join(against_everybody) == ""


def test_neither_does_what_goes_each_night(acts, database, settings, against_everybody):
    acts.customer()
    retention(settings, database).forecast(NOW)
    acts.let_go(NOW)
    assert "\n----\n".join(against_everybody) == ""
