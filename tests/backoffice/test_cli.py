import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from clevenio.accounts.factors import operations as factors
from clevenio.app import cli
from clevenio.audit import AuditEntry
from clevenio.people.staff_members import StaffMember
from tests.support.staff import give_app, make_member


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()
    return lambda *arguments: runner.invoke(args=arguments)


def test_inviting_prints_one_link_that_works(run, client, other_session):
    done = run("staff", "invite", "new@example.com", "--role", "support", "--role", "marketer")
    assert done.exit_code == 0
    address = done.output.strip()
    assert address.startswith("http://localhost/staff/invitation/")
    assert client.get(address.removeprefix("http://localhost")).status_code == 200
    with other_session() as session:
        assert session.scalars(select(StaffMember)).one().roles == {"support", "marketer"}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_role_that_does_not_exist_is_wrong_usage(run):
    done = run("staff", "invite", "new@example.com", "--role", "emperor")
    assert done.exit_code == 2
    assert "administrator" in done.output


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_invitation_needs_a_role(run):
    assert run("staff", "invite", "new@example.com").exit_code == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_address_that_is_none_is_bad_input(settings, monkeypatch, capsys):
    monkeypatch.setenv("CLEVENIO_DATA", str(settings.data))
    cli.main(["db", "upgrade"], standalone_mode=False)
    with pytest.raises(SystemExit) as ended:
        cli.main(["staff", "invite", "nobody", "--role", "support"])
    assert ended.value.code == 2
    assert "e-mail address" in capsys.readouterr().err


def test_recovering_prints_a_link_that_sets_a_new_password_and_a_new_factor(
    run, client, database, settings, other_session
):
    now = datetime.now(UTC)
    with database.session() as session:
        member = make_member(session, "lost@example.com", "administrator", now=now)
        give_app(session, settings.secret_keys, member)
        session.commit()
    done = run("staff", "recover", "lost@example.com")
    path = done.output.strip().removeprefix("http://localhost")
    with other_session() as session:
        assert factors.has_any(session, member.id), "nothing is forgotten before the link is used"
    assert client.post(path, data={"password": "a new made-up pass phrase"}).status_code == 303
    assert client.get("/staff/factor").location == "/staff/first-factor"
    assert client.get(path).status_code == 404
    with other_session() as session:
        assert session.get(StaffMember, member.id).roles == {"administrator"}
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)).all()
        assert actions[:2] == ["staff.recover", "staff.activate"]


def test_an_ordinary_invitation_of_a_member_leaves_the_factor(run, client, database, settings):
    with database.session() as session:
        member = make_member(session, "lost@example.com", "support", now=datetime.now(UTC))
        give_app(session, settings.secret_keys, member)
        session.commit()
    path = run("staff", "invite", "lost@example.com", "--role", "support").output.strip()
    client.post(path.removeprefix("http://localhost"), data={"password": "a new made-up pass phrase"})
    assert client.get("/staff/factor").status_code == 200
    assert client.get("/staff/first-factor").location == "/staff/factor?next=/staff/first-factor"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nobody_can_be_recovered_who_is_not_there(settings, monkeypatch, capsys):
    monkeypatch.setenv("CLEVENIO_DATA", str(settings.data))
    cli.main(["db", "upgrade"], standalone_mode=False)
    with pytest.raises(SystemExit) as ended:
        cli.main(["staff", "recover", "nobody@example.com"])
    assert ended.value.code == 1
    assert "staff list" in capsys.readouterr().err


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_list_says_who_may_come_in(run, database, settings):
    with database.session() as session:
        now = datetime.now(UTC)
        give_app(session, settings.secret_keys, make_member(session, "a@example.com", "support", now=now))
        make_member(session, "b@example.com", "administrator", now=now)
        session.commit()
    first, second = json.loads(run("staff", "list", "--json").output)
    assert (first["email"], first["state"], first["second_factor"]) == ("a@example.com", "active", True)
    assert first["ends_at"][:10] == (now + timedelta(days=60)).date().isoformat()
    assert (second["second_factor"], second["ends_at"]) == (False, None)
    assert "a@example.com" in run("staff", "list").output


@pytest.fixture
def people(database, settings):
    """Three members whose lines are of unlike lengths."""
    now = datetime(2026, 6, 1, 9, tzinfo=UTC)
    with database.session() as session:
        long = f"{'a-very-long-name-' * 3}@subsidiary.example.com"
        boss = make_member(session, long, "administrator", "marketer", "privacy_officer", "support", now=now)
        give_app(session, settings.secret_keys, boss)
        boss.last_used_at = now
        make_member(session, "b@example.com", "support", now=now)
        make_member(session, "c@example.com", now=now).activated_at = None
        session.commit()
        return long


@pytest.mark.parametrize("backend", ["sqlite"])
def test_in_a_pipe_the_list_is_a_line_each_between_tabs(run, people, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    outputs = {run("staff", "list").output for _ in range(2)}
    assert len(outputs) == 1
    lines = outputs.pop().splitlines()
    assert lines[0].split("\t") == [
        people,
        "active",
        "administrator,marketer,privacy_officer,support",
        "second factor",
        "2026-06-01",
        "-",
    ]
    assert [line.split("\t")[:2] for line in lines[1:]] == [
        ["b@example.com", "expired"],
        ["c@example.com", "invited"],
    ]
    assert {line.count("\t") for line in lines} == {5}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_on_a_terminal_its_columns_stand_below_one_another(run, people, monkeypatch):
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _stream: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    lines = run("staff", "list").output.splitlines()
    assert len(lines) == 4
    column = lines[0].index("State")
    assert [line[column:].split()[0] for line in lines[1:]] == ["active", "expired", "invited"]
    assert lines[1].startswith(people)
