"""The counts of campaigns, so that no small group can be worked out."""

import re
from datetime import timedelta

import pytest

from clevenio.consent.advertising import operations
from clevenio.consent.advertising.addresses import Campaign
from clevenio.consent.advertising.models import Kind
from clevenio.i18n import local_day
from tests.support.factories import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
YESTERDAY = local_day(NOW) - timedelta(days=1)


@pytest.fixture
def counted(database, clock):
    def count(name, number, kind=Kind.SIGNUP, day=YESTERDAY, source="google"):
        with database.session() as session:
            for _ in range(number):
                operations.count(session, Campaign(source, name), kind, day)
            session.commit()

    return count


def lines(page):
    rows = re.findall(r"scope=\"row\">(.*?)</th>(.*?)</tr>", page, re.DOTALL)
    return [(name, re.findall(r">([^<>]*)</td>", cells)) for name, cells in rows]


def test_campaigns_stand_by_size_with_the_rest_and_everybody_last(sign_in_staff, counted):
    for name, number in (("autumn", 23), ("winter", 41), ("tiny", 9), ("small", 8)):
        counted(name, number)
    found = lines(sign_in_staff("marketer").get("/staff/advertising").text)
    assert [(name, cells[0], cells[1]) for name, cells in found] == [
        ("winter", "google", "40"),
        ("autumn", "google", "20"),
        ("Other campaigns", "–", "15"),
        ("All campaigns", "–", "80"),
    ]


def test_a_small_campaign_cannot_be_worked_out_from_the_others(sign_in_staff, counted):
    counted("autumn", 30)
    counted("tiny", 3)
    page = sign_in_staff("marketer").get("/staff/advertising").text
    assert "tiny" not in page
    # The total less the one that is shown would be the three.
    assert "autumn" not in page
    assert [name for name, _ in lines(page)] == ["All campaigns"]


def test_below_ten_nothing_is_shown(sign_in_staff, counted):
    counted("autumn", 9)
    page = sign_in_staff("privacy_officer").get("/staff/advertising").text
    assert lines(page) == []
    assert "at least 10 browsers" in page


def test_today_does_not_count_yet(sign_in_staff, counted):
    counted("autumn", 30, day=local_day(NOW))
    assert lines(sign_in_staff("marketer").get("/staff/advertising").text) == []


@pytest.mark.parametrize("role", ["support"])
def test_others_do_not_see_it(sign_in_staff, role):
    assert sign_in_staff(role).get("/staff/advertising").status_code == 403
