"""The use of accounts in groups: who counts, in which window, and what the page for staff shows of it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from clevenio.accounts import groups
from clevenio.accounts.groups import By
from clevenio.audit import AuditEntry
from clevenio.people.disclosure import MOST, SMALLEST
from tests.support.factories import NOW
from tests.support.usage import make_users

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def companies(use):
    return dict(use.by[By.COMPANY].groups)


def test_people_count_in_each_window_that_their_last_use_is_in(session):
    for days_ago, number in ((1, 20), (7, 10), (8, 15), (30, 10), (31, 30), (90, 20), (91, 50)):
        make_users(session, number, [days_ago])
    use = groups.use(session, TODAY)
    assert (groups.WINDOWS, use.active) == ((90, 30, 7), (105, 55, 30))
    assert use.end == YESTERDAY


def test_today_does_not_count_before_it_is_over(session):
    make_users(session, 20, [0])
    assert groups.use(session, TODAY).active == (None, None, None)
    assert groups.use(session, TODAY + timedelta(days=1)).active[0] == 20


def test_somebody_who_comes_every_day_counts_once(session):
    make_users(session, 12, range(1, 60))
    assert groups.use(session, TODAY).active[0] == 10


def test_who_is_restricted_or_disabled_counts_nowhere(session):
    made = make_users(session, 30)
    for account in made[:6]:
        account.disabled_at = NOW
    for account in made[5:12]:
        account.person.restricted_at = NOW
    session.flush()
    use = groups.use(session, TODAY)
    assert use.active[0] == 15
    assert companies(use) == {"example.fi": (15, None, None)}
    # 18 of 18 came yesterday: the rest of them would be nobody.
    assert use.daily[-1] == (YESTERDAY, None)


def test_companies_below_the_smallest_never_leave_the_database(session, database):
    make_users(session, 40, website_domain="large.example.fi")
    make_users(session, SMALLEST - 1, website_domain="small.example.fi")
    make_users(session, SMALLEST - 1, website_domain="tiny.example.fi")
    received = []

    @event.listens_for(session.connection(), "before_cursor_execute")
    def note(connection, cursor, statement, parameters, context, many):
        received.append(statement)

    counted, _total = groups._counts(session, YESTERDAY)
    assert list(counted[By.COMPANY]) == ["large.example.fi"]
    assert len(received) == 1
    use = groups.use(session, TODAY)
    assert companies(use) == {"large.example.fi": (40, None, None)}
    assert use.by[By.COMPANY].others == (15, None, None)


def test_a_company_is_known_by_its_domain_however_its_name_is_spelt(session):
    for name in ("Havu Oy", "havu oy", "HAVU"):
        make_users(session, 5, company=name, website_domain="havu.example.fi")
    make_users(session, 20, website_domain="other.example.fi")
    assert companies(groups.use(session, TODAY))["havu.example.fi"] == (15, None, None)


def test_the_largest_companies_are_shown_and_the_rest_are_others(session):
    for number in range(MOST + 3):
        make_users(session, 10, website_domain=f"company{number:02}.example.fi")
    table = groups.use(session, TODAY).by[By.COMPANY]
    assert len(table.groups) == MOST
    assert table.others == (30, None, None)


def test_people_are_grouped_by_role_and_country_and_who_said_nothing_by_that(session):
    make_users(session, 20, [1], role="sales", country="FI")
    make_users(session, 10, [1], role="finance", country=None)
    by = groups.use(session, TODAY).by
    assert by[By.ROLE].groups == {"sales": (20, None, None), "finance": (10, None, None)}
    assert by[By.COUNTRY].groups == {"FI": (20, None, None), None: (10, None, None)}


def test_windows_of_a_group_are_shown_where_nobody_small_is_between_them(session):
    for role in ("sales", "finance"):
        for days_ago in (1, 20, 60):
            make_users(session, 10, [days_ago], role=role)
    assert groups.use(session, TODAY).by[By.ROLE].groups == {"sales": (30, 20, 10), "finance": (30, 20, 10)}


def test_days_are_counted_and_those_of_too_few_or_nearly_all_are_withheld(session):
    make_users(session, 30, [80])
    make_users(session, 14, [3])
    make_users(session, 9, [2])
    make_users(session, 20, [1, 2])
    daily = dict(groups.use(session, TODAY).daily)
    assert len(daily) == groups.DAYS
    assert [daily[TODAY - timedelta(days=days)] for days in (1, 2, 3, 4, 80, 90)] == [
        20,
        25,
        10,
        None,
        30,
        None,
    ]
    assert TODAY not in daily


@pytest.fixture
def users(database):
    """Two large companies, in several roles, and two small ones."""
    with database.session() as session:
        for days_ago in (1, 20, 60):
            for role in ("sales", "finance"):
                make_users(session, 16, [days_ago, 85], role=role, website_domain="esimerkki.example.fi")
            make_users(session, 12, [days_ago], role="owner", website_domain="havu.example.fi", country="FI")
        for small in ("pieni", "pienempi"):
            make_users(session, 8, role="other", company=small, website_domain=f"{small}.example.fi")
        session.commit()


@pytest.mark.parametrize("role", ["marketer", "privacy_officer", "administrator"])
def test_staff_see_groups_and_no_person(sign_in_staff, users, clock, role):
    text = sign_in_staff(role).get("/staff/usage").text
    for shown in (
        "esimerkki.example.fi",
        "havu.example.fi",
        "Owner or founder",
        "Finland",
        "31\u00a0May 2026",
    ):
        assert shown in text
    for hidden in ("pieni.example", "pienempi", "Aino", "Esimerkki", "@example.com"):
        assert hidden not in text.replace(f"{role}@example.com", "")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_support_has_no_work_there(sign_in_staff):
    assert sign_in_staff("support").get("/staff/usage").status_code == 403


@pytest.mark.parametrize("backend", ["sqlite"])
def test_looking_at_groups_alone_is_no_entry_of_the_trail(sign_in_staff, users, clock, other_session):
    browser = sign_in_staff("marketer")
    with other_session() as session:
        before = session.scalar(select(func.count()).select_from(AuditEntry))
    browser.get("/staff/usage")
    with other_session() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_too_few_people_are_said_to_be_too_few(sign_in_staff, database, clock):
    with database.session() as session:
        make_users(session, SMALLEST - 1)
        session.commit()
    text = sign_in_staff("marketer").get("/staff/usage").text
    assert "Too few people so far" in text
    assert "<svg" not in text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_each_chart_has_a_name_and_its_figures_in_a_table(sign_in_staff, users, clock):
    text = sign_in_staff("marketer").get("/staff/usage").text
    figures = re.findall(r"<figure.*?</figure>", text, re.DOTALL)
    assert len(figures) == 5
    for figure in figures:
        assert re.search(r'<svg[^>]* class="chart[^"]*" role="img" aria-label="[^"]+"', figure)
        assert "<table" in figure
        assert not re.search(r"<style|<script| style=", figure)
    assert '<th scope="row">esimerkki.example.fi</th><td class="number">95</td>' in text
