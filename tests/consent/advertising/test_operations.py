"""Counts grow by one, hold nothing else, and are forgotten in time; on both databases."""

from datetime import date, timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from clevenio.consent.advertising import operations
from clevenio.consent.advertising.addresses import Campaign
from clevenio.consent.advertising.models import AdvertisingCount, Kind
from clevenio.consent.advertising.queries import counts
from clevenio.i18n import local_day
from tests.support.factories import NOW
from tests.support.retention import let_go

AUTUMN, WINTER = Campaign("google", "autumn"), Campaign("", "winter")
TODAY = local_day(NOW)


def rows(session):
    row = AdvertisingCount
    return [
        tuple(one) for one in session.execute(select(row.day, row.kind, row.source, row.campaign, row.number))
    ]


def test_a_day_has_one_number_for_each_campaign_and_kind(database):
    with database.session() as session:
        for campaign, kind in [(AUTUMN, Kind.SIGNUP)] * 2 + [(AUTUMN, Kind.INQUIRY), (WINTER, Kind.SIGNUP)]:
            operations.count(session, campaign, kind, TODAY)
        session.commit()
        assert sorted(rows(session)) == [
            (TODAY, "inquiry", "google", "autumn", 1),
            (TODAY, "signup", "", "winter", 1),
            (TODAY, "signup", "google", "autumn", 2),
        ]


def test_two_at_once_are_counted_as_two(database):
    def count():
        for _ in range(10):
            with database.session() as session:
                operations.count(session, AUTUMN, Kind.SIGNUP, TODAY)
                session.commit()

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session() as session:
        assert [row[-1] for row in rows(session)] == [40]


def test_what_is_not_committed_with_the_act_is_not_counted(database):
    with database.session() as session:
        operations.count(session, AUTUMN, Kind.SIGNUP, TODAY)
        session.rollback()
    with database.session() as session:
        assert rows(session) == []


def test_a_count_is_gone_after_ninety_days(database):
    with database.session() as session:
        for age in (0, 89, 90, 91, 400):
            operations.count(session, AUTUMN, Kind.SIGNUP, TODAY - timedelta(days=age))
        let_go(session, operations.SWEEPS, NOW)
        session.commit()
        assert sorted((TODAY - row[0]).days for row in rows(session)) == [0, 89, 90]


def test_small_campaigns_stay_in_the_database(database):
    end = TODAY - timedelta(days=1)
    with database.session() as session:
        for day, campaign, times in [
            (end, AUTUMN, 12),
            (end - timedelta(days=40), AUTUMN, 5),
            (end, WINTER, 9),
            (TODAY, AUTUMN, 50),
        ]:
            for _ in range(times):
                operations.count(session, campaign, Kind.SIGNUP, day)
        found = counts(session, Kind.SIGNUP, end, smallest=10)
        assert found.total == (26, 21, 21)
        assert found.campaigns == {AUTUMN: (17, 12, 12)}
        assert counts(session, Kind.INQUIRY, end, smallest=10).total == (0, 0, 0)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_row_tells_its_order(database):
    with database.session() as session:
        operations.count(session, AUTUMN, Kind.SIGNUP, date(2026, 1, 1))
        with pytest.raises(Exception, match="rowid"):
            session.connection().exec_driver_sql("SELECT rowid FROM advertising_counts")
