"""One mailbox by several spellings, and several that a platform takes for one: whoever said no leaves no digest behind."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from clevenio.accounts import operations as accounts
from clevenio.audiences.layouts import Unit
from clevenio.audiences.platforms import layouts
from clevenio.audiences.selection import upload
from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.errors import BadInput
from clevenio.newsletter import departures
from clevenio.newsletter.recipients import candidates
from clevenio.people import links, opt_outs
from clevenio.people.identifiers import address
from clevenio.people.models import Person
from clevenio.rights import at_once
from clevenio.rights.models import Kind
from tests.audiences.test_export import sha
from tests.support.factories import NOW, SUPPRESSION_KEY, grant, make_person

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
EVERYTHING = ("newsletter", "ad_audiences")
PEOPLE_LAYOUTS = [layout for layout in layouts().values() if layout.unit is Unit.PERSON]
local = st.lists(st.sampled_from(["a", "b", "Ä", ".", "-", "_", "+x", "+", "'"]), min_size=1, max_size=6)
addresses = st.builds(
    lambda parts, domain: f"{''.join(parts)}@{domain}",
    local,
    st.sampled_from(["gmail.com", "googlemail.com", "example.fi"]),
)
examples = count(1)


def cells(layout, key):
    """Every digest that a file could have of an address, whatever column it stands in."""
    return {
        column.cells([key])[0] for column in layout.columns if column.field == "email" and column.form
    } - {""}


@given(one=addresses, other=addresses)
@example(one="a.b@example.fi", other="ab+x@example.fi")
@example(one="a-b@example.fi", other="a_b@example.fi")
@example(one="a.b@gmail.com", other="ab@googlemail.com")
@tried(max_examples=400, deadline=None)
def test_addresses_that_make_one_digest_meet_under_the_platforms_key(backend, one, other):
    try:
        first, second = address(one), address(other)
    except BadInput:
        return
    for layout in PEOPLE_LAYOUTS:
        if cells(layout, first.key) & cells(layout, second.key):
            assert getattr(first, layout.mailbox) == getattr(second, layout.mailbox), layout.id


def by_link(session, settings, person, now):
    token = links.make(
        session, settings.mail_keys, "unsubscribe", now, person=person.id, data={"topic": "newsletter"}
    )
    departures.leave(session, settings.mail_keys, token, everything=True, one_click=False, now=now)


def in_account(session, settings, person, now):
    notice = account_notice("fi")
    channel = ledger.Channel.ACCOUNT
    accounts.choose(session, person, (), None, channel=channel, notice=notice, language="fi", now=now)


def by_request(session, settings, person, now):
    at_once.for_person(session, [Kind.WITHDRAWAL], person, "fi", now)


def by_objection(session, settings, person, now):
    at_once.for_person(session, [Kind.DIRECT_MARKETING], person, "fi", now)


def by_phone(session, settings, person, now):
    came = opt_outs.Came.PHONE
    opt_outs.record(session, SUPPRESSION_KEY, address(person.email), "all", came, actor="staff:1", now=now)


DOORS = [by_link, in_account, by_request, by_objection, by_phone]


def given_to(session, people):
    """Which of these people any platform would get, by any file, and who would be mailed."""
    ids = [person.id for person in people]
    found = set(session.scalars(candidates("newsletter", None).where(Person.id.in_(ids))))
    for layout in PEOPLE_LAYOUTS:
        rows = upload(layout, {}).rows.with_only_columns(Person.id).order_by(None)
        found |= set(session.scalars(rows.where(Person.id.in_(ids))))
    return found


@tried(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spellings=st.lists(
        st.sampled_from(["{}", "{}+a", "{}+b", "{}+a.b"]), min_size=2, max_size=3, unique=True
    ),
    door=st.sampled_from(DOORS),
    who=st.integers(0, 2),
)
def test_a_withdrawal_by_any_door_reaches_every_spelling_of_the_mailbox(
    database, settings, spellings, door, who
):
    number = next(examples)
    with database.session() as session:
        people = [
            make_person(
                session,
                f"{spelling.format(f'aino{number}')}@example.fi",
                phone=f"+35840{number:05}{place:02}",
            )
            for place, spelling in enumerate(spellings)
        ]
        stranger = make_person(session, f"aino{number}@example.com")
        for person in (*people, stranger):
            grant(session, person, *EVERYTHING)
        session.commit()
        assert given_to(session, people)
        door(session, settings, people[who % len(people)], NOW + timedelta(hours=1))
        session.commit()
        assert given_to(session, people) == set()
        assert given_to(session, [stranger]) == {stranger.id}


def test_whoever_comes_back_is_in_by_the_spelling_that_came_back_alone(database, settings):
    with database.session() as session:
        people = [make_person(session, email) for email in ("aino@example.fi", "aino+x@example.fi")]
        for person in people:
            grant(session, person, *EVERYTHING)
        in_account(session, settings, people[0], NOW + timedelta(hours=1))
        grant(session, people[0], *EVERYTHING, now=NOW + timedelta(hours=2))
        session.commit()
        for layout in (each for each in PEOPLE_LAYOUTS if "email" in each.fields):
            rows = upload(layout, {}).rows.with_only_columns(Person.id).order_by(None)
            assert list(session.scalars(rows)) == [people[0].id], layout.id
        states = ledger.decisions_of(session, people[1].id)
    assert set(states.values()) == {ledger.State.WITHDRAWN}


LOOSE = [("reddit-email", "ad_audiences:reddit", "email"), ("tiktok", "ad_audiences:tiktok", "Email_SHA256")]


@pytest.mark.parametrize(("name", "purpose", "header"), LOOSE)
def test_a_digest_that_somebody_at_another_mailbox_withdrew_goes_for_nobody(
    crowd, exported, removed, name, purpose, header
):
    one, two = (
        crowd.add(email, grants=purpose) for email in ("aino.malli@example.fi", "ainomalli+x@example.fi")
    )
    crowd.add("kaarlo@example.fi", grants=purpose)
    assert len(exported(name)) == 2, "the same digest goes once"
    crowd.withdraw(one, purpose)
    assert [row[header] for row in exported(name)] == [sha("kaarlo@example.fi")]
    crowd.withdraw(two, purpose)
    assert [row[header] for row in exported(name)] == [sha("kaarlo@example.fi")]
    assert len(removed(name)) == 1, "one digest was sent"


@pytest.mark.parametrize(("name", "purpose", "header"), LOOSE)
def test_a_digest_that_a_suppressed_mailbox_would_have_goes_for_nobody(
    crowd, exported, name, purpose, header
):
    one = crowd.add("aino.malli@example.fi", grants="newsletter")
    crowd.add("aino-malli@example.fi" if name == "reddit-email" else "ainomalli@example.fi", grants=purpose)
    crowd.add("kaarlo@example.fi", grants=purpose)
    crowd.object_to_everything(one)
    assert [row[header] for row in exported(name)] == [sha("kaarlo@example.fi")]


def test_platforms_that_tell_them_apart_keep_whoever_stays(crowd, exported):
    one = crowd.add("aino.malli@example.fi")
    crowd.add("ainomalli@example.fi")
    crowd.withdraw(one, "ad_audiences")
    assert [row["email"] for row in exported("meta")] == [sha("ainomalli@example.fi")]
