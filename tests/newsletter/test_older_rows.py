"""What was written before a step of the schema is still there after it, in the new form."""

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
