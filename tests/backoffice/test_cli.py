import pytest
from sqlalchemy import select

from clevenio.app import cli
from clevenio.people.staff_members import StaffMember


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
