"""What was written before a step of the schema is still there after it, in the new form."""

from datetime import timedelta
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from clevenio import migrations
from clevenio.i18n import sentence
from clevenio.newsletter.bounces.models import Bounce
from clevenio.newsletter.models import Campaign
from tests.support.factories import NOW

CAMPAIGNS = (
    "INSERT INTO campaigns (id, topic, state, created_at, candidates, trouble) "
    "VALUES (:id, 'newsletter', 'paused', :now, 0, :trouble)"
)
DELIVERIES = (
    "INSERT INTO deliveries (id, campaign, person, language, basis, state, attempts, due_at, is_measured, decision, notice) "
    "VALUES (7, :id, :id, 'fi', 'consent', 'sent', 1, :now, false, 1, 'n')"
)
BOUNCES = (
    "INSERT INTO bounces (id, report, delivery, campaign, person, kind, status, source, at) "
    "VALUES (9, 'r', 7, :id, :id, 'soft', '4.2.2', 'report', :now)"
)


def upgrade_to(database, revision):
    config = migrations.configuration()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@pytest.mark.parametrize(
    ("trouble", "problem"),
    [
        (None, None),
        ("It has 100% no heading.", {"message": "It has 100% no heading.", "values": {}, "said": ""}),
        ("Our address.\n550 no", {"message": "Our address.", "values": {}, "said": "550 no"}),
    ],
)
def test_campaigns_and_what_came_back_are_kept(empty_database, trouble, problem):
    upgrade_to(empty_database, "0051")
    is_sqlite, number = empty_database.is_sqlite, uuid4()
    values = {
        "id": number.hex if is_sqlite else number,
        "now": NOW.isoformat(timespec="microseconds") if is_sqlite else NOW,
        "trouble": trouble,
    }
    with empty_database.engine.begin() as connection:
        for statement in (CAMPAIGNS, DELIVERIES, BOUNCES):
            connection.execute(text(statement), values)
    migrations.upgrade(empty_database)
    with empty_database.session() as session:
        campaign, bounce = session.get(Campaign, number), session.get(Bounce, 9)
        assert campaign.problem == problem
        assert problem is None or sentence(campaign.problem) == problem["message"]
        assert (bounce.delivery, bounce.campaign, bounce.mail, bounce.at) == (7, number, None, NOW)
        later = Bounce(report="s", mail=uuid4(), kind="hard", status="", source="report", at=NOW)
        session.add(later)
        session.flush()
        assert later.id != 9
        session.add(Bounce(report="t", kind="hard", status="", source="report", at=NOW))
        with pytest.raises(IntegrityError):
            session.flush()


BEGUN = (
    "INSERT INTO campaigns (id, topic, state, created_at, scheduled_at, frozen_at, candidates) "
    "VALUES (:id, 'newsletter', :state, :created, :scheduled, :frozen, 0)"
)


@pytest.mark.parametrize(
    ("state", "scheduled", "frozen", "begun"),
    [
        ("draft", None, None, None),
        ("scheduled", 2, None, None),
        ("cancelled", 2, None, None),
        ("finished", 2, 3, 3),
        ("freezing", 2, None, 2),
        ("paused", None, None, 1),
    ],
)
def test_a_campaign_of_before_says_when_it_began_as_far_as_that_is_known(
    empty_database, state, scheduled, frozen, begun
):
    upgrade_to(empty_database, "0056")
    is_sqlite, number = empty_database.is_sqlite, uuid4()

    def kept(hours):
        moment = NOW + timedelta(hours=hours) if hours else None
        return moment.isoformat(timespec="microseconds") if moment and is_sqlite else moment

    values = {"created": kept(1), "scheduled": kept(scheduled), "frozen": kept(frozen), "state": state}
    with empty_database.engine.begin() as connection:
        connection.execute(text(BEGUN), {"id": number.hex if is_sqlite else number, **values})
    migrations.upgrade(empty_database)
    with empty_database.session() as session:
        assert session.get(Campaign, number).begun_at == (begun and NOW + timedelta(hours=begun))
