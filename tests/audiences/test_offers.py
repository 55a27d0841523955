"""A file is offered while its link waits, and a form that orders one makes one however often it is pressed."""

import re

import pytest
from sqlalchemy import select

from clevenio.audiences.models import Export
from clevenio.people.staff_members import Role, StaffMember
from tests.audiences.conftest import HOME, posted
from tests.support.staff import code_at, give_app

PREVIEW = f"{HOME}/segments/all/google"


@pytest.fixture
def marketer(signed_in):
    return signed_in(Role.MARKETER)


def order_file(client):
    return posted(client, PREVIEW, f"{HOME}/exports", segment="all", platform="google")


@pytest.fixture
def with_app(marketer, database, settings):
    """A marketer who can prove themselves."""
    with database.session() as session:
        give_app(session, settings.secret_keys, session.scalars(select(StaffMember)).one())
        session.commit()
    return marketer


def proved(client, address, moment):
    """Where whoever answers the page at this address is led."""
    return posted(client, address, address, factor_code=code_at(moment)).location


def test_a_link_lasts_ten_minutes(with_app, crowd, clock):
    crowd.add("yes@example.com")
    link = order_file(with_app).location
    clock.advance(minutes=10)
    asked = with_app.get(link).location
    assert asked == f"/staff/confirmation?next={link}"
    offered = with_app.get(proved(with_app, asked, clock.now))
    assert (offered.status_code, link in offered.text.partition("<main")[2]) == (404, False)
    assert with_app.get(link).status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_link_is_offered_while_it_waits_and_leads_to_its_file_once_it_was_used(with_app, crowd, clock):
    crowd.add("yes@example.com")
    clock.advance(minutes=9)
    link = order_file(with_app).location
    clock.advance(minutes=2)
    offer = proved(with_app, with_app.get(link).location, clock.now)
    assert f'href="{link}"' in with_app.get(offer).text
    assert with_app.get(link).mimetype == "text/csv"
    assert "This file was made already" in with_app.get(with_app.get(offer).location).text


def test_a_form_that_is_pressed_twice_makes_one_file(with_app, crowd, clock, database):
    crowd.add("yes@example.com")
    page = with_app.get(PREVIEW)
    sent = dict(re.findall(r'name="(segment|platform|link)" value="([^"]+)"', page.text))
    clock.advance(minutes=11)
    asked = posted(with_app, PREVIEW, f"{HOME}/exports", **sent).location
    offered = with_app.get(proved(with_app, asked, clock.now)).text
    assert f'name="link" value="{sent["link"]}"' in offered
    first, impatient = (posted(with_app, PREVIEW, f"{HOME}/exports", **sent).location for _press in range(2))
    assert first == impatient
    assert with_app.get(first).mimetype == "text/csv"
    late = posted(with_app, PREVIEW, f"{HOME}/exports", **sent)
    with database.session(write=False) as session:
        made = session.scalars(select(Export.id)).one()
    assert late.location == f"{HOME}/exports/{made}?again=1"
    assert "no second one was made" in with_app.get(late.location).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_forms_link_is_nobody_elses(marketer, signed_in, crowd):
    crowd.add("yes@example.com")
    link = order_file(marketer).location.rpartition("/")[2]
    other = signed_in(Role.MARKETER, email="other@example.com")
    answer = posted(other, PREVIEW, f"{HOME}/exports", segment="all", platform="google", link=link)
    assert answer.status_code == 404
