"""The page of a campaign on its way says how far it is by itself, without the rest of the page."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from clevenio.newsletter.models import Campaign, Delivery, Edition
from tests.browser.steps import enter_as_staff

pytestmark = pytest.mark.browser


@pytest.fixture
def campaign(live_database):
    """A running campaign to two whom no sender tries today: its id, and the numbers of their messages."""
    now, made = datetime.now(UTC), uuid4()
    values = {"language": "en", "basis": "consent", "decision": 1, "notice": "x", "state": "deferred"}
    rows = [
        Delivery(campaign=made, person=uuid4(), due_at=now + timedelta(days=1), **values) for _ in range(2)
    ]
    with live_database.session() as session:
        session.add(
            Campaign(
                id=made, topic="newsletter", state="running", created_at=now, frozen_at=now, candidates=2
            )
        )
        session.flush()
        session.add(Edition(campaign=made, language="en", subject="Three ways", source="# Three ways\n\nHi."))
        session.add_all(rows)
        session.commit()
        return made, [row.id for row in rows]


def change(live_database, statement):
    with live_database.session() as session:
        session.execute(statement)
        session.commit()


def test_its_figures_follow_and_another_state_brings_the_whole_page(
    live_site, new_page, live_database, campaign
):
    made, (first, _second) = campaign
    where = f"/staff/campaigns/{made}"
    page = new_page(language="en")
    enter_as_staff(page, live_site, "follows@example.com", "marketer")
    page.goto(live_site.url + where)
    status = page.locator("#progress [role=status]")
    expect(status).to_have_text("0 of 2 done")
    page.wait_for_load_state("networkidle")
    fetched = []
    page.on("request", lambda request: fetched.append(request.url.removeprefix(live_site.url)))
    change(live_database, update(Delivery).where(Delivery.id == first).values(state="sent"))
    expect(status).to_have_text("1 of 2 done")
    # The chart beside it tells the same, and so does its table.
    expect(page.locator("#progress td.number").first).to_have_text("1")
    expect(page.locator("#progress svg")).to_have_count(1)
    assert set(fetched) == {f"{where}/progress"}
    change(live_database, update(Campaign).where(Campaign.id == made).values(state="paused"))
    expect(page.locator("#progress[data-state=paused]")).to_be_visible()
    assert where in fetched
