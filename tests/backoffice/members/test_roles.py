"""Roles: changed at once, offers of others ended, and an administrator always left."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry, subject_hash
from clevenio.backoffice import operations as doors
from clevenio.people.addresses import address
from tests.backoffice.members.conftest import BOSS, OTHER, PAGE, post, sign_in
from tests.support.factories import NOW
from tests.support.staff import make_member

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def test_roles_change_at_once_and_are_an_entry(boss, other, app, clock, member, last_entry, settings):
    theirs = sign_in(app, clock)
    assert theirs.get("/staff/inquiries").status_code == 200
    post(boss, f"/{other.id}/roles", roles=["marketer", "privacy_officer"])
    entry = last_entry()
    assert member().roles == {"marketer", "privacy_officer"}
    assert theirs.get("/staff/inquiries").status_code == 403
    assert theirs.get("/staff/audiences").status_code == 200
    assert entry.action == "staff.roles"
    assert entry.subject == subject_hash(settings.suppression_key, other.id)
    assert entry.details == {"before": ["support"], "after": ["marketer", "privacy_officer"]}


def test_roles_saved_as_they_are_are_said_to_be_unchanged(boss, other, member, last_entry):
    post(boss, f"/{other.id}/roles", roles=["support"])
    said = boss.get(f"{PAGE}/{other.id}").text
    assert "Nothing has changed: they have these roles already." in said
    assert "The roles are changed." not in said
    assert last_entry().action != "staff.roles"
    post(boss, f"/{other.id}/roles", roles=["support", "marketer"])
    assert "The roles are changed." in boss.get(f"{PAGE}/{other.id}").text


@pytest.mark.parametrize("roles", [["support"], ["marketer"]], ids=["the same", "others"])
def test_setting_roles_ends_an_open_offer_of_others(
    boss, other, member, client, database, settings, other_session, roles
):
    with database.session() as session:
        path = doors.invite(session, settings, address(OTHER), ["administrator"], "command", NOW)
        session.commit()
    answer = post(boss, f"/{other.id}/roles", roles=roles)
    assert "the link that offered others does nothing any more." in boss.get(answer.location).text
    assert client.get(path).status_code == 404
    assert client.post(path, data={"password": "a long pass phrase of staff"}).status_code == 404
    assert member().roles == set(roles)
    with other_session() as session:
        offer = session.scalars(select(AuditEntry).where(AuditEntry.action == "staff.offer_ended")).one()
    assert offer.details == {"roles": ["administrator"]}


def test_setting_roles_leaves_a_link_that_gives_none(boss, other, client, database, settings):
    with database.session() as session:
        path = doors.invite(session, settings, address(OTHER), (), "command", NOW)
        session.commit()
    answer = post(boss, f"/{other.id}/roles", roles=["marketer"])
    assert "does nothing any more" not in boss.get(answer.location).text
    assert client.get(path).status_code == 200


def test_the_last_administrator_keeps_the_role_and_the_access(boss, other, member):
    me = member(BOSS)
    response = post(boss, f"/{me.id}/roles", roles=["support"])
    assert response.status_code == 422
    assert "last administrator" in response.text
    assert post(boss, f"/{me.id}/closure").status_code == 422
    assert (member(BOSS).roles, member(BOSS).disabled_at) == ({"administrator"}, None)


def test_a_disabled_or_invited_administrator_does_not_count_as_another(boss, database, member):
    with database.session() as session:
        make_member(session, "gone@example.com", "administrator").disabled_at = NOW
        make_member(session, "new@example.com", "administrator").activated_at = None
        session.commit()
    assert post(boss, f"/{member(BOSS).id}/closure").status_code == 422


def test_with_a_second_administrator_the_first_may_go(boss, other, member):
    post(boss, f"/{other.id}/roles", roles=["administrator"])
    assert post(boss, f"/{member(BOSS).id}/closure").status_code == 303
    assert boss.get("/staff/").location.startswith("/staff/login")


def test_an_offer_that_had_expired_is_not_said_to_have_ended_by_it(
    boss, other, database, settings, other_session
):
    with database.session() as session:
        doors.invite(
            session, settings, address(OTHER), ["administrator"], "command", NOW - timedelta(days=30)
        )
        session.commit()
    answer = post(boss, f"/{other.id}/roles", roles=["marketer"])
    assert "The roles are changed." in boss.get(answer.location).text
    with other_session() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "staff.offer_ended")).all() == []
