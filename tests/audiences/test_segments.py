"""Segments: which people they hold, and how they are saved."""

import pytest
from sqlalchemy import select

from clevenio.audiences import segments
from clevenio.audiences.models import Segment
from clevenio.errors import BadInput, Missing, Refused
from clevenio.people.models import Person
from tests.support.factories import NOW


@pytest.fixture
def matching(database):
    def match(**criteria):
        with database.session(write=False) as session:
            return set(session.scalars(select(Person.address_key).where(segments.condition(criteria))))

    return match


@pytest.fixture
def people(crowd):
    crowd.add("a@example.fi", role="sales", company="Yritys Oy", language="fi", grants="newsletter")
    crowd.add("b@example.fi", role="owner", company="Yritys Oy", language="en", grants="newsletter surveys")
    crowd.add("c@example.com", role="sales", website_domain="example.com", language="en", grants="")


def test_a_segment_without_criteria_holds_everybody(people, matching):
    assert len(matching()) == 3
    assert len(matching(role=[])) == 3


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({"role": ["sales"]}, "a@example.fi c@example.com"),
        ({"role": ["sales", "owner"]}, "a@example.fi b@example.fi c@example.com"),
        ({"role": ["sales"], "language": ["en"]}, "c@example.com"),
        ({"company": ["Yritys Oy"]}, "a@example.fi b@example.fi"),
        ({"company": ["WWW.Example.com"]}, "c@example.com"),
        ({"topic": ["newsletter"]}, "a@example.fi b@example.fi"),
        ({"topic": ["surveys", "trials"]}, "b@example.fi"),
        ({"topic": ["trials"]}, ""),
    ],
)
def test_every_criterion_must_hold_and_any_of_its_values_will_do(people, matching, criteria, found):
    assert matching(**criteria) == set(found.split())


def test_somebody_who_left_a_topic_leaves_its_segment(crowd, matching):
    crowd.withdraw(crowd.add("a@example.fi", grants="newsletter"), "newsletter")
    assert matching(topic=["newsletter"]) == set()


def save(session, name="Sales", **criteria):
    return segments.save(session, name, "for a test", criteria, actor="command", now=NOW)


def test_a_saved_segment_is_found_by_name_as_it_was_meant(database, other_session):
    with database.session() as session:
        save(session, "  Finnish  sales ", role=["sales", "sales"], language=["fi"], company=[" ", ""])
        session.commit()
    with other_session() as session:
        assert segments.find(session, "Finnish sales", NOW).criteria == {
            "role": ["sales"],
            "language": ["fi"],
        }
        assert [segment.name for segment in segments.saved(session)] == ["Finnish sales"]


def test_the_segment_all_always_exists_and_cannot_be_saved(database):
    with database.session() as session:
        assert segments.find(session, "all", NOW).criteria == {}
        with pytest.raises(Refused):
            save(session, "All")


def test_a_name_is_taken_once(database):
    with database.session() as session:
        save(session)
        with pytest.raises(Refused):
            save(session)


@pytest.mark.parametrize("name", ["sales", "SALES", "Sales Äijät", " SALES\N{NO-BREAK SPACE} äijät"])
def test_a_name_that_differs_by_capitals_and_spaces_alone_is_taken(database, name):
    with database.session() as session:
        save(session)
        save(session, "Sales äijÄT")
        with pytest.raises(Refused, match="capital letters"):
            save(session, name)


def test_segments_that_differ_by_capitals_alone_and_were_saved_before_go_on_working(database):
    with database.session() as session:
        segment = save(session)
        session.add(Segment(name="SALES", description="", criteria={}, created_at=NOW, created_by="command"))
        session.flush()
        change(session, segment, segments.version(segment), role=["owner"])
        assert segments.find(session, "SALES", NOW).criteria == {}
        assert segments.find(session, "Sales", NOW).criteria == {"role": ["owner"]}
        with pytest.raises(Refused, match="capital letters"):
            segments.change(session, segment, "sales", "", {}, seen=segments.version(segment))


def test_a_segment_may_change_the_capitals_of_its_own_name(database):
    with database.session() as session:
        segment = save(session)
        segments.change(session, segment, "SALES", "", {}, seen=segments.version(segment))
        assert segment.name == "SALES"


def test_an_unknown_segment_is_missing(database):
    with database.session(write=False) as session, pytest.raises(Missing):
        segments.find(session, "nobody", NOW)


@pytest.mark.parametrize(
    "criteria", [{"age": ["40"]}, {"role": ["boss"]}, {"language": ["sv"]}, {"topic": ["ad_audiences"]}]
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_unknown_criterion_or_value_is_refused(database, criteria):
    with database.session() as session, pytest.raises(BadInput):
        save(session, **criteria)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_segment_needs_a_name(database):
    with database.session() as session, pytest.raises(BadInput):
        save(session, " ")


def change(session, segment, seen, **criteria):
    segments.change(session, segment, segment.name, "for a test", criteria, seen=seen)


def test_a_changed_segment_is_found_as_it_is_now(database):
    with database.session() as session:
        segment = save(session, role=["sales"])
        change(session, segment, segments.version(segment), role=["owner"])
        session.commit()
    with database.session(write=False) as session:
        assert segments.find(session, "Sales", NOW).criteria == {"role": ["owner"]}


def test_two_who_change_one_segment_do_not_undo_each_other(database):
    with database.session() as session:
        segment = save(session, role=["sales"])
        seen = segments.version(segment)
        session.commit()
        change(session, segment, seen, role=["owner"])
        session.commit()
        with pytest.raises(Refused, match="meanwhile"):
            change(session, segment, seen, role=["finance"])
        assert segment.criteria == {"role": ["owner"]}


def test_a_segment_that_somebody_deleted_is_not_changed(database):
    with database.session() as session:
        segment = save(session, role=["sales"])
        seen = segments.version(segment)
        session.commit()
        with database.session() as other:
            segments.delete(other, segments.saved(other)[0])
            other.commit()
        with pytest.raises(Missing):
            change(session, segment, seen, role=["owner"])


def test_a_segment_keeps_its_own_name_and_takes_nobody_elses(database):
    with database.session() as session:
        save(session, "Owners")
        segment = save(session)
        with pytest.raises(Refused, match="already"):
            segments.change(session, segment, "Owners", "", {}, seen=segments.version(segment))
        segments.change(session, segment, "Sales", "", {}, seen=segments.version(segment))
