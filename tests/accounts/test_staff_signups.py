"""The list of verified signups: who may see it, and that looking leaves an entry."""

import pytest
from sqlalchemy import select

from clevenio.accounts import queries
from clevenio.audit import AuditEntry, subject_hash
from clevenio.people.models import Person
from tests.support.accounts import make_account


@pytest.fixture
def entries(other_session):
    """What the audit trail says of this list."""

    def find():
        with other_session() as session:
            return session.scalars(select(AuditEntry).where(AuditEntry.action == "signups.list")).all()

    return find


@pytest.mark.parametrize("role", ["marketer", "support", "administrator"])
def test_those_who_look_after_signups_see_them_and_leave_an_entry(
    sign_in_staff, database, settings, entries, role
):
    with database.session() as session:
        account = make_account(session, "aino@example.com", role="other", role_other="<b>Gardener</b>")
        session.commit()
        subject = subject_hash(settings.suppression_key, account.person_id)
    text = sign_in_staff(role).get("/staff/signups").text
    for shown in ("Aino Esimerkki", "aino@example.com", "Esimerkki Oy", "&lt;b&gt;Gardener&lt;/b&gt;"):
        assert shown in text
    (entry,) = entries()
    assert entry.details == {"subjects": [subject]}
    assert entry.actor.startswith("staff:")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_privacy_officer_has_no_work_there(sign_in_staff, entries):
    assert sign_in_staff("privacy_officer").get("/staff/signups").status_code == 403
    assert entries() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_empty_list_says_what_will_be_there_and_leaves_no_entry(sign_in_staff, entries):
    assert "No signups yet" in sign_in_staff("support").get("/staff/signups").text
    assert entries() == []


@pytest.mark.parametrize("page", ["2", "99", "0", "x"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_list_has_pages_and_no_page_is_missing(sign_in_staff, database, entries, page):
    with database.session() as session:
        for _ in range(queries.PAGE + 1):
            make_account(session, email=f"p{session.query(Person).count()}@example.com")
        session.commit()
    response = sign_in_staff("support").get(f"/staff/signups?page={page}")
    assert response.status_code == 200
    assert len(entries()[0].details["subjects"]) == (1 if page in ("2", "99") else queries.PAGE)
