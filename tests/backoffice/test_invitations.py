from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.accounts import passwords, sessions
from clevenio.accounts.sessions import Kind
from clevenio.audit import AuditEntry, subject_hash
from clevenio.backoffice import operations
from clevenio.errors import BadInput, BadToken
from clevenio.people import links
from clevenio.people.addresses import address
from clevenio.people.staff_members import Role, StaffMember
from tests.support.factories import NOW
from tests.support.staff import PASSWORD, make_member

NEW = "another made-up pass phrase"


def token_of(path):
    return path.removeprefix("/staff/invitation/")


def invite(session, settings, *roles, email="new@example.com", now=NOW):
    path = operations.invite(session, settings, address(email), roles or (Role.SUPPORT,), "command", now)
    return token_of(path)


def accept(session, settings, token, now=NOW, password=PASSWORD, first=None):
    _, member = operations.invitation(session, settings, token, now)
    kept = operations.kept_password(password, member.email if member else first.email if first else "")
    return operations.accept(session, settings, token, kept, "fi", now, first)


def test_an_invitation_lets_somebody_in_with_their_roles(database, settings, other_session):
    with database.session() as session:
        token = invite(session, settings, Role.SUPPORT, Role.MARKETER)
        accept(session, settings, token)
        session.commit()
    with other_session() as session:
        member = session.scalars(select(StaffMember)).one()
        assert member.roles == {"support", "marketer"}
        assert (member.language, member.activated_at) == ("fi", NOW)
        assert passwords.matches(member.password, PASSWORD)


def test_an_invitation_works_once(database, settings):
    with database.session() as session:
        token = invite(session, settings)
        accept(session, settings, token)
        with pytest.raises(BadToken):
            accept(session, settings, token, password=NEW)
        with pytest.raises(BadToken):
            operations.invitation(session, settings, token, NOW)


def test_looking_at_an_invitation_does_not_use_it_up(database, settings):
    with database.session() as session:
        token = invite(session, settings)
        for _ in range(3):
            assert operations.invitation(session, settings, token, NOW)[1].email == "new@example.com"


def test_an_invitation_ends_after_a_week(database, settings):
    with database.session() as session:
        token = invite(session, settings)
        with pytest.raises(BadToken):
            accept(session, settings, token, NOW + timedelta(days=7))


def test_a_newer_invitation_replaces_the_older_one(database, settings):
    with database.session() as session:
        older, newer = invite(session, settings), invite(session, settings)
        with pytest.raises(BadToken):
            accept(session, settings, older)
        assert accept(session, settings, newer).email == "new@example.com"


@pytest.mark.parametrize("purpose", ["verify", "confirm", "unsubscribe"])
def test_a_token_of_another_purpose_opens_nothing(database, settings, purpose):
    with database.session() as session:
        member = make_member(session)
        token = links.make(session, settings.secret_keys, purpose, NOW, data={"member": str(member.id)})
        with pytest.raises(BadToken):
            accept(session, settings, token)


@pytest.mark.parametrize("password", ["fourteen chars", "aaaaaaaaaaaaaaaaaaaa", "new@example.com", "x" * 257])
def test_a_password_that_will_not_do_leaves_the_invitation_whole(database, settings, password):
    with database.session() as session:
        token = invite(session, settings)
        with pytest.raises(BadInput):
            accept(session, settings, token, password=password)
        assert accept(session, settings, token).email == "new@example.com"


def test_a_new_invitation_recovers_access_and_ends_what_was_open(database, settings):
    with database.session() as session:
        member = make_member(session, "old@example.com", "marketer")
        member.disabled_at = NOW
        open_one = sessions.start(session, Kind.STAFF, member.id, NOW, "")
        session.flush()
        accept(
            session, settings, invite(session, settings, Role.SUPPORT, email="old@example.com"), password=NEW
        )
        assert member.roles == {"marketer", "support"}
        assert member.disabled_at is None
        assert passwords.matches(member.password, NEW)
        assert sessions.find(session, open_one, NOW) is None


def test_a_role_for_somebody_who_is_in_waits_for_them_to_use_the_link(database, settings, mailbox, app):
    with database.session() as session:
        member = make_member(session, "old@example.com", "support", language="fi")
        token = invite(session, settings, Role.MARKETER, email="old@example.com")
        assert member.roles == {"support"}
        accept(session, settings, token, password=NEW)
        assert member.roles == {"support", "marketer"}
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
        told = [(entry.actor, entry.action, entry.details) for entry in entries]
        assert told[:2] == [
            ("command", "staff.invite", {"roles": ["marketer", "support"]}),
            (f"staff:{member.id}", "staff.roles", {"before": ["support"], "after": ["marketer", "support"]}),
        ]
        session.commit()
    app.extensions["clevenio"].jobs.run("mail")
    assert "Roolisi hallinnassa muuttuivat" in [mail["Subject"] for mail in mailbox.all("old@example.com")]


def test_a_role_that_was_offered_is_gone_with_its_link(database, settings):
    with database.session() as session:
        member = make_member(session, "old@example.com", "support")
        older = invite(session, settings, Role.ADMINISTRATOR, email="old@example.com")
        newer = invite(session, settings, Role.SUPPORT, email="old@example.com")
        with pytest.raises(BadToken):
            accept(session, settings, older, password=NEW)
        accept(session, settings, newer, password=NEW)
        assert member.roles == {"support"}


def test_inviting_and_accepting_are_in_the_audit_trail(database, settings):
    with database.session() as session:
        token = invite(session, settings)
        accept(session, settings, token)
        member = session.scalars(select(StaffMember)).one()
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
        assert [(entry.actor, entry.action) for entry in entries] == [
            ("command", "staff.invite"),
            (f"staff:{member.id}", "staff.activate"),
        ]
        assert entries[0].subject == subject_hash(settings.suppression_key, member.id)


def first(session, settings, now=NOW):
    return operations.first_invitation(session, settings, now)


def test_the_first_link_is_the_same_at_every_start_until_it_is_used(database, settings):
    with database.session() as session:
        path = first(session, settings)
        session.flush()
        assert first(session, settings, NOW + timedelta(days=6)) == path
        assert first(session, settings, NOW + timedelta(days=8)) != path
        accept(session, settings, token_of(path), first=address("boss@example.com"))
        assert first(session, settings) is None


def test_the_first_link_makes_an_administrator_with_the_address_typed(database, settings):
    with database.session() as session:
        token = token_of(first(session, settings))
        with pytest.raises(BadInput):
            accept(session, settings, token)
        accept(session, settings, token, first=address("boss@example.com"))
        member = session.scalars(select(StaffMember)).one()
        assert (member.email, member.roles) == ("boss@example.com", {"administrator"})


def test_the_first_link_is_dead_once_somebody_else_became_administrator(database, settings):
    with database.session() as session:
        token = token_of(first(session, settings))
        accept(session, settings, invite(session, settings, Role.ADMINISTRATOR))
        with pytest.raises(BadToken):
            accept(session, settings, token, first=address("late@example.com"))


def test_an_invitation_that_waits_is_not_offered_as_the_first_link(database, settings):
    with database.session() as session:
        token = invite(session, settings, Role.SUPPORT)
        assert token_of(first(session, settings)) != token
