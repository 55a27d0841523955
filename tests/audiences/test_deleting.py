"""Deleting a segment: where nothing was made of it; what it explains, or what rests on it, keeps it."""

import pytest
from sqlalchemy import select

from clevenio import audit
from clevenio.audiences import segments
from clevenio.audiences.models import Export, Segment
from clevenio.audiences.platforms import platform
from clevenio.audiences.pulls import operations as pulls
from clevenio.errors import Refused
from clevenio.newsletter.models import Campaign, CampaignState
from clevenio.people.staff_members import Role
from tests.audiences.conftest import HOME, posted
from tests.support.factories import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
SURE = "Delete the segment"


@pytest.fixture
def marketer(signed_in):
    return signed_in(Role.MARKETER)


@pytest.fixture
def segment(database):
    """The key of a segment that somebody has saved."""
    with database.session() as session:
        made = segments.save(session, "Spring", "For the fair", {"role": ["sales"]}, actor="command", now=NOW)
        session.commit()
        return made.id


def left(database):
    with database.session(write=False) as session:
        return session.scalars(select(Segment.name)).all()


def a_file(session, key, settings):
    session.add(exported(state="finished"))


def a_pull_address(session, key, settings):
    google = platform("google", settings.data)
    pulls.create(session, google, session.get_one(Segment, key), actor="somebody", now=NOW)


def a_larger_segment(session, key, settings):
    segments.save(session, "Everything", "", {"segment": [str(key)]}, actor="command", now=NOW)


def a_campaign(session, key, settings):
    session.add(Campaign(topic="newsletter", state=CampaignState.DRAFT, segment=str(key), created_at=NOW))


def exported(**values):
    facts = {
        "kind": "upload", "state": "prepared", "platform": "google", "vendor": "google", "segment": "Spring",
        "criteria": {}, "actor": "command", "created_at": NOW, "ledger_position": 0, "notices": [], "rows": 400,
        "rejects": {}, "files": [],
    }  # fmt: skip
    return Export(**facts | values)


def test_what_nothing_was_made_of_goes_and_the_trail_says_so(marketer, segment, database):
    with database.session() as session:
        session.add(exported())
        session.commit()
    page = f"{HOME}/segments/{segment}"
    assert SURE in marketer.get(page).text
    assert posted(marketer, page, f"{page}/deletion").location == HOME
    assert left(database) == []
    assert marketer.get(page).status_code == 404
    with database.session(write=False) as session:
        entry = session.scalars(select(audit.AuditEntry)).one()
    assert (entry.action, entry.details) == ("audience.segment_end", {"segment": segment, "name": "Spring"})


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (a_file, "Files were made of this segment"),
        (a_pull_address, "A pull address was made for this segment"),
        (a_larger_segment, "a part of “Everything”"),
        (a_campaign, "A campaign was written for this segment"),
    ],
)
def test_what_a_segment_explains_or_carries_keeps_it_and_is_named(
    marketer, segment, database, settings, make, why
):
    with database.session() as session:
        make(session, segment, settings)
        session.commit()
    page = f"{HOME}/segments/{segment}"
    shown = marketer.get(page).text
    assert why in shown
    assert SURE not in shown
    refused = posted(marketer, page, f"{page}/deletion")
    assert (refused.status_code, why in refused.text) == (403, True)
    assert "Spring" in left(database)


def test_everybody_is_no_segment_to_delete(marketer):
    page = f"{HOME}/segments/all"
    assert SURE not in marketer.get(page).text
    assert posted(marketer, page, f"{page}/deletion").status_code == 404


def test_what_a_segment_is_for_stands_on_its_page(marketer, segment):
    assert "For the fair" in marketer.get(f"{HOME}/segments/{segment}").text


@pytest.mark.parametrize("rows", [0, 120])
def test_a_segment_keeps_the_name_under_which_files_were_made(segment, database, rows):
    with database.session() as session:
        session.add(exported(state="started", rows=rows))
        session.flush()
        found = session.get_one(Segment, segment)
        seen, criteria = segments.version(found), {"role": ["sales"]}
        if rows:
            with pytest.raises(Refused, match="under this name"):
                segments.change(session, found, "Autumn", "", criteria, seen=seen)
            segments.change(session, found, "Spring", "Said anew", criteria, seen=seen)
        else:
            segments.change(session, found, "Autumn", "", criteria, seen=seen)
