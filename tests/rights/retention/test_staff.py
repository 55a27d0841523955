"""The page that shows what goes when."""

import pytest
from sqlalchemy import func, select

from clevenio.limits import Attempts
from clevenio.registry import load
from clevenio.rights.retention import lock
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
    assert left(app) == 0
    page = officer.get(PATH)
    assert "by hand, here" in page.text
    assert "Every rule" in page.text


def test_without_its_token_nothing_runs(sign_in_staff, app, old):
    assert sign_in_staff("privacy_officer").post(PATH).status_code in (400, 403, 422)
    assert left(app) == 3


def test_while_another_run_is_under_way_the_page_says_so(sign_in_staff, app, old):
    officer, kit = sign_in_staff("privacy_officer"), app.extensions["clevenio"]
    token = form_token(officer.get(PATH))
    with lock.held(kit.database, kit.settings.data):
        response = officer.post(PATH, data={"csrf_token": token})
    assert response.status_code == 409
    assert "Retention is running already" in response.text
    assert left(app) == 3


def test_others_neither_see_nor_run_it(sign_in_staff, app, old):
    marketer = sign_in_staff("marketer")
    assert marketer.get(PATH).status_code == 403
    assert marketer.post(PATH).status_code in (400, 403)
    assert left(app) == 3
