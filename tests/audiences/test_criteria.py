"""Whom criteria mean: and, or, not, and times that move with the day."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clevenio.audiences import queries, segments
from clevenio.audiences.criteria import checked, condition, resolved
from clevenio.audiences.models import Segment
from clevenio.audiences.sentences import sentence
from clevenio.errors import BadInput, Refused
from clevenio.i18n import use_language
from clevenio.people import usage
from clevenio.people.models import Person
from tests.support.factories import NOW


@pytest.fixture
def meant(database):
    def meant(now=NOW, **criteria):
        with database.session(write=False) as session:
            query = select(Person.email).where(condition(resolved(criteria, now)))
            return {email.partition("@")[0] for email in session.scalars(query)}

    return meant


def test_every_criterion_must_hold_and_within_one_any_value_will_do(crowd, meant):
    crowd.add("a@example.fi", role="sales", language="fi", country="FI")
    crowd.add("b@example.fi", role="marketing", language="fi", country="SE")
    crowd.add("c@example.fi", role="owner", language="fi")
    assert meant(role=["sales", "marketing"], language=["fi"]) == {"a", "b"}
    assert meant(role=["sales", "marketing"], country=["FI"]) == {"a"}
    assert meant() == {"a", "b", "c"}


def test_any_criterion_is_enough_where_that_is_said(crowd, meant):
    crowd.add("a@example.fi", role="sales", country="SE")
    crowd.add("b@example.fi", role="owner", country="FI")
    crowd.add("c@example.fi", role="owner", country="SE")
    assert meant(role=["sales"], country=["FI"], match=["any"]) == {"a", "b"}
    assert meant(match=["any"]) == {"a", "b", "c"}


def test_whoever_is_left_out_stays_out_and_silence_is_no_reason(crowd, meant):
    crowd.add("a@example.fi", role="sales", country="SE")
    crowd.add("b@example.fi", role="sales", country="FI")
    crowd.add("c@example.fi", role="sales")
    assert meant(**{"role": ["sales"], "not:country": ["SE"]}) == {"b", "c"}
    assert meant(**{"not:country": ["SE"], "not:company": ["Nobody Ltd"]}) == {"b", "c"}


def test_days_are_the_companys_own_and_both_ends_belong(crowd, meant):
    person = crowd.add("a@example.fi")
    # Half past ten in the evening of 31 May in Helsinki is still May in UTC, too; half an hour past midnight is not.
    crowd.change(person, created_at=NOW.replace(month=5, day=31, hour=21, minute=30))
    assert meant(known=["2026-06-01/2026-06-01"]) == {"a"}
    assert meant(known=["../2026-05-31"]) == set()
    assert meant(known=["2026-06-01/.."]) == {"a"}


def test_who_was_active_moves_with_the_day(crowd, meant, database):
    old, new = crowd.add("old@example.fi"), crowd.add("new@example.fi")
    with database.session() as session:
        usage.record_day(session, old.id, NOW - timedelta(days=60))
        usage.record_day(session, new.id, NOW - timedelta(days=10))
        session.commit()
    assert meant(active=["P30D"]) == {"new"}
    assert meant(active=["P90D"]) == {"old", "new"}
    assert meant(now=NOW + timedelta(days=60), active=["P90D"]) == {"new"}
    assert meant(**{"not:active": ["P30D"]}) == {"old"}


def test_openings_count_for_those_alone_who_let_us_know_them(crowd, meant, database):
    told = crowd.add("told@example.fi", grants="mail_opens")
    silent = crowd.add("silent@example.fi", grants="mail_opens")
    with database.session() as session:
        assert usage.record_opening(session, told.id, NOW)
        assert usage.record_opening(session, silent.id, NOW)
        session.commit()
    crowd.withdraw(silent, "mail_opens")
    assert meant(opened=["P30D"]) == {"told"}
    assert meant(**{"not:opened": ["P30D"]}) == {"silent"}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_topic_is_asked_of_the_ledger(crowd, meant):
    crowd.add("a@example.fi", grants="newsletter")
    crowd.add("b@example.fi", refuses="newsletter", grants="")
    assert meant(topic=["newsletter"]) == {"a"}


@pytest.mark.parametrize(
    "criteria",
    [
        {"shoe_size": ["42"]},
        {"not:shoe_size": ["42"]},
        {"role": ["boss"]},
        {"match": ["some"]},
        {"country": ["Finland"]},
        {"known": ["P30D"]},
        {"known": ["yesterday"]},
        {"known": ["../9999-12-31"]},
        {"known": ["0001-01-01/.."]},
        {"known": ["2026-02-30/.."]},
        {"known": ["2026-03-01/2026-02-01"]},
        {"active": ["P31D"]},
        {"active": ["'; DROP TABLE people"]},
    ],
)
def test_criteria_that_mean_nothing_are_refused(criteria):
    with pytest.raises(BadInput):
        checked(criteria)


def test_a_duration_becomes_an_interval_of_that_day():
    found = resolved({"active": ["P30D"], "role": ["sales"]}, NOW)
    since = date(2026, 6, 1) - timedelta(days=30)
    assert found == {"active": [f"{since}/.."], "role": ["sales"]}
    assert resolved(found, NOW + timedelta(days=9)) == found


def test_a_segment_reads_like_a_sentence_in_both_languages():
    criteria = {
        "role": ["sales", "marketing"],
        "country": ["FI"],
        "active": ["P90D"],
        "not:company": ["Esimerkki Oy"],
        "not:topic": ["newsletter"],
    }
    assert sentence(criteria) == (
        "People whose role is Sales or Marketing, whose country is Finland and who used their account in the last "
        "90 days. Left out are those who work at Esimerkki Oy or who agreed to get Newsletter."
    )
    with use_language("fi"):
        assert sentence(criteria) == (
            "Ihmiset, joiden tehtävä on Myynti tai Markkinointi, joiden maa on Suomi ja jotka ovat käyttäneet "
            "tiliään viimeisten 90 päivän aikana. Pois jäävät ne, joiden yritys on Esimerkki Oy tai jotka ovat "
            "suostuneet saamaan: Uutiskirje."
        )
    assert sentence({"role": ["sales"], "language": ["fi"], "match": ["any"]}) == (
        "People whose role is Sales or whose language is Finnish."
    )
    assert sentence({}) == "Everybody, without any condition besides their own consent."


@pytest.fixture
def nested(database):
    """`nested(name, **criteria)`: a saved segment's number; `{...}` parts by their numbers."""

    def save(name, **criteria):
        with database.session() as session:
            saved = segments.save(session, name, "", criteria, actor="staff:1", now=NOW)
            session.commit()
            return str(saved.id)

    return save


def test_segments_are_parts_of_others_as_deep_as_one_likes(crowd, nested, database):
    crowd.add("a@example.fi", role="sales", country="FI", language="fi")
    crowd.add("b@example.fi", role="sales", country="SE", language="fi")
    crowd.add("c@example.fi", role="owner", country="FI", language="en")
    crowd.add("d@example.fi", role="finance", country="FI", language="en")
    nordic = nested("Swedes", country=["SE"])
    sellers = nested("Sellers elsewhere", **{"role": ["sales"], "not:segment": [nordic]})
    nested("Either", segment=[sellers], role=["owner"], match=["any"])
    nested("Neither", **{"not:segment": [sellers, nordic], "language": ["en"]})
    with database.session(write=False) as session:
        found = {
            name: {
                email.partition("@")[0]
                for email in session.scalars(
                    select(Person.email).where(condition(segments.find(session, name, NOW).criteria))
                )
            }
            for name in ("Sellers elsewhere", "Either", "Neither")
        }
        said = sentence(segments.find(session, "Either", NOW).asked)
    assert found == {"Sellers elsewhere": {"a"}, "Either": {"a", "c"}, "Neither": {"c", "d"}}
    assert said == (
        "People whose role is Owner or founder or who belong to “Sellers elsewhere” (people whose role is Sales, "
        "but not those who belong to “Swedes” (people whose country is Sweden))."
    )


def test_a_duration_in_a_part_moves_with_the_day(crowd, nested, database):
    lately = nested("Lately", active=["P30D"])
    nested("Finns lately", segment=[lately], language=["fi"])
    person = crowd.add("a@example.fi", language="fi")
    with database.session() as session:
        session.add(usage.UseDay(person=person.id, day=date(2026, 6, 1)))
        session.commit()

        def count(now):
            choice = segments.find(session, "Finns lately", now)
            return len(session.scalars(select(Person.id).where(condition(choice.criteria))).all())

        assert (count(NOW), count(NOW + timedelta(days=90))) == (1, 0)
        keys = {segments.find(session, "Finns lately", NOW + timedelta(days=n)).key for n in (0, 9)}
    assert len(keys) == 1, "the same segment, whenever it is counted"


def test_a_segment_is_never_a_part_of_itself(nested, database):
    first = nested("First", language=["fi"])
    second = nested("Second", segment=[first])
    with database.session() as session:
        saved = session.get_one(Segment, int(first))
        for criteria in ({"segment": [first]}, {"not:segment": [second]}):
            with pytest.raises(Refused, match="part of itself"):
                segments.change(session, saved, "First", "", criteria, seen=segments.version(saved))
        assert queries.others(session, saved) == []
        assert queries.others(session) == [(int(first), "First"), (int(second), "Second")]


def test_an_unknown_part_is_refused(nested):
    with pytest.raises(BadInput):
        nested("Nobody", segment=["99"])
    with pytest.raises(BadInput):
        nested("Nobody", segment=["one"])
