"""The page that shows what goes when."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clevenio.accounts.models import MailRequest
from clevenio.audit import AuditEntry
from clevenio.limits import Attempts
from clevenio.outbox import Mail, MailState
from clevenio.registry import load
from clevenio.rights.retention import engine, lock
from clevenio.rights.retention.engine import Line
from clevenio.rights.retention.models import Count, Run
from clevenio.rights.retention.queries import Report
from clevenio.sweeps import Sweep
from tests.support.accounts import make_account
from tests.support.application import form_token

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PATH = "/staff/retention"


def left(app):
    with app.extensions["clevenio"].database.session(write=False) as session:
        keys = select(func.count()).select_from(Attempts).where(Attempts.key.like("00000%"))
        return session.scalar(keys)


def test_every_rule_is_shown_with_its_period_and_ground(sign_in_staff):
    page = sign_in_staff("privacy_officer").get(PATH)
    assert page.status_code == 200
    for period in load().periods.values():
        assert period.what.en in page.text
        assert period.ground.en in page.text
    assert "No run yet" in page.text
    assert "warning 30 days before" in page.text


def test_it_counts_what_would_go_and_removes_nothing(sign_in_staff, app, old):
    page = sign_in_staff("privacy_officer").get(PATH)
    assert "3 rows go now" in page.text
    assert left(app) == 3


def test_running_it_by_hand_leaves_a_report(sign_in_staff, app, old):
    officer = sign_in_staff("privacy_officer")
    response = officer.post(PATH, data={"csrf_token": form_token(officer.get(PATH))})
    assert response.status_code == 303
    assert left(app) == 3, "it was done within the request"
    page = officer.get(PATH)
    assert "The worker has let 0 rows go so far" in page.text
    assert "Run now" not in page.text
    app.extensions["clevenio"].jobs.run("retention")
    assert left(app) == 0
    page = officer.get(PATH)
    assert "so far" not in page.text
    assert "by hand, here" in page.text
    assert "Every rule" in page.text


def test_without_its_token_nothing_runs(sign_in_staff, app, old):
    assert sign_in_staff("privacy_officer").post(PATH).status_code in (400, 403, 422)
    assert left(app) == 3


def test_what_is_asked_for_twice_or_while_another_run_is_under_way_is_one_run(sign_in_staff, app, old):
    officer, kit = sign_in_staff("privacy_officer"), app.extensions["clevenio"]
    token = form_token(officer.get(PATH))
    with lock.held(kit.database, kit.settings.data):
        for _doubled in range(2):
            assert officer.post(PATH, data={"csrf_token": token}).status_code == 303
        kit.jobs.run("retention")
    assert left(app) == 3
    assert "goes on by itself" in officer.get(PATH).text
    kit.jobs.run("retention")
    assert left(app) == 0
    with kit.database.session(write=False) as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 1


def test_a_run_in_the_middle_says_how_far_it_is(sign_in_staff, app, old):
    officer, kit = sign_in_staff("privacy_officer"), app.extensions["clevenio"]
    with kit.database.session() as session:
        run = engine.ask(session, "staff:1", kit.clock())
        session.add(Count(run=run.id, sweep="attempts", rule="technical", gone=1, held=0))
        session.commit()
    assert "The worker has let 1 row go so far" in officer.get(PATH).text


def test_asking_for_a_run_is_in_the_trail_and_its_page_says_so(sign_in_staff, app, old, other_session):
    officer = sign_in_staff("privacy_officer")
    officer.post(PATH, data={"csrf_token": form_token(officer.get(PATH))})
    with other_session() as session:
        run = session.scalars(select(Run)).one()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "retention.run")).one()
    assert (entry.actor, entry.details) == (run.actor, {"run": run.id})
    assert run.actor.startswith("staff:")
    assert "Asked for on" in officer.get(PATH).text


def test_a_run_that_nobody_asked_for_is_not_said_to_be(sign_in_staff, app):
    kit = app.extensions["clevenio"]
    with kit.database.session() as session:
        session.add(Run(actor="system", is_whole=True, began_at=kit.clock()))
        session.commit()
    page = sign_in_staff("privacy_officer").get(PATH).text
    assert "Began on" in page
    assert "Asked for on" not in page


def test_mail_about_accounts_is_asked_for_and_leaves_while_a_run_goes_on(app, monkeypatch):
    """As it is before any batch: the run itself is over when its tick returns."""
    kit = app.extensions["clevenio"]
    step, seen = Sweep.step, []

    def look(sweep, session, start, now, after):
        with kit.database.session(write=False) as other:
            asked = other.scalar(select(func.count()).select_from(MailRequest))
            seen.append((asked, list(other.scalars(select(Mail.state)))))
        return step(sweep, session, start, now, after)

    monkeypatch.setattr(Sweep, "step", look)
    with kit.database.session() as session:
        make_account(session, "aino@example.com")
        session.add(
            MailRequest(kind="reset", email="aino@example.com", language="en", created_at=kit.clock())
        )
        session.commit()
    kit.jobs.run("retention")
    assert seen[0] == (0, [MailState.SENT])


def test_the_worker_runs_what_was_asked_for_between_two_nights(app, old):
    kit = app.extensions["clevenio"]
    kit.jobs.run("retention")
    with kit.database.session() as session:
        session.add(Attempts(key="00000x", number=1, until=kit.clock() - timedelta(hours=1)))
        session.commit()
    kit.jobs.run("retention")
    with kit.database.session() as session:
        engine.ask(session, "staff:1", kit.clock())
        session.commit()
    kit.jobs.run("retention")
    assert left(app) == 0
    with kit.database.session(write=False) as session:
        runs = session.scalars(select(Run).where(Run.is_whole).order_by(Run.id)).all()
    assert [run.actor for run in runs] == ["system", "staff:1"]
    assert all(run.ended_at for run in runs)


def test_others_neither_see_nor_run_it(sign_in_staff, app, old):
    marketer = sign_in_staff("marketer")
    assert marketer.get(PATH).status_code == 403
    assert marketer.post(PATH).status_code in (400, 403)
    assert left(app) == 3


def test_a_rule_of_several_tables_is_one_line_of_a_report(backend):
    lines = [
        Line("technical", "attempts", 3, 0),
        Line("technical", "links", 4, 1),
        Line("mail", "mails", 0, 2),
    ]
    assert Report(Run(), lines).by_rule == {"technical": 7}
