"""The made-up business: loaded once, into an empty database, and there is something on every screen."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import func, select

from clevenio import audit
from clevenio.app import cli
from clevenio.backoffice.navigation import PLACES
from clevenio.consent import ledger, verification
from clevenio.consent.models import Decision
from clevenio.consent.notices import sentence_of
from clevenio.database import Base
from clevenio.people.models import Person
from tests.support.factories import SUPPRESSION_KEY, make_person

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
# Nothing that the demonstration does fails, comes back or is found to be misuse; and no signup says a country to count use by.
QUIET = {
    "alerts_staff.alerts",
    "mail_troubles_staff.mails",
    "returned_mail_staff.listed",
    "usage_staff.shown",
}


@pytest.fixture
def load(app, clock):
    def invoke():
        arguments = {"obj": ScriptInfo(create_app=lambda: app), "prog_name": "clevenio"}
        return CliRunner().invoke(cli, ["demo", "load"], **arguments)

    return invoke


def rows(database):
    with database.session(write=False) as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }


def test_it_fills_every_screen_is_loaded_once_and_its_chains_hold(
    load, app, database, settings, sign_in_staff
):
    browser = sign_in_staff("administrator")
    assert load().output.splitlines()[-1] == "The demonstration is loaded."
    before = rows(database)
    again = load()
    assert (again.exit_code, again.output) == (0, "The demonstration was loaded already.\n")
    assert rows(database) == before
    with database.session(write=False) as session:
        assert list(audit.verify(session)) == []
        assert list(verification.verify(session, settings.data / "seals", [SUPPRESSION_KEY])) == []
        assert session.scalar(select(func.count()).where(Person.email_ascii.not_like("%@example.com"))) == 0
        letters = select(Decision.notice).where(Decision.purpose == "newsletter").distinct()
        words = ledger.wordings(session, session.scalars(letters))
        assert not any("Google" in str(sentence_of(each, "newsletter")) for each in words.values())
    with app.test_request_context():
        addresses = {place.endpoint: app.url_for(place.endpoint) for place in PLACES}
    pages = {name: browser.get(address) for name, address in addresses.items()}
    assert {page.status_code for page in pages.values()} == {200}
    assert {name for name, page in pages.items() if 'class="empty"' in page.text} == QUIET


def test_it_is_refused_where_people_are_known_already(load, database):
    with database.session() as session:
        make_person(session, "you@example.com")
        session.commit()
    before = rows(database)
    refused = load()
    assert refused.exit_code == 1
    assert "people of its own" in refused.output
    assert rows(database) == before


def test_it_is_refused_where_a_relay_would_send_its_mail(load, app, database):
    kit = app.extensions["clevenio"]
    kit.settings = replace(kit.settings, smtp_url="smtp://127.0.0.1:9")
    before = rows(database)
    refused = load()
    assert refused.exit_code == 1
    assert "unset CLEVENIO_SMTP_URL" in refused.output
    assert rows(database) == before


def test_it_is_refused_in_production(load, app, database):
    kit = app.extensions["clevenio"]
    kit.settings = replace(kit.settings, mode="production")
    before = rows(database)
    refused = load()
    assert refused.exit_code == 1
    assert "never loaded in production" in refused.output
    assert rows(database) == before
