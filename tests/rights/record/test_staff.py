"""Both records of processing on the screen: for the privacy officer alone, in both languages."""

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.registry import load
from tests.registry.test_controllers import ENTRY
from tests.support.accounts import make_account

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def test_the_controllers_record_names_every_kind_of_data_and_its_period(sign_in_staff):
    page = sign_in_staff("privacy_officer").get("/staff/processing")
    assert page.status_code == 200
    registry = load()
    for holding in registry.holdings.values():
        if set(holding.whose) != {"nobody"}:
            assert holding.what.en in page.text, holding.id
            assert holding.remains is None or holding.remains.en not in page.text, holding.id
            assert getattr(registry.periods[holding.period].trigger, "en", "") in page.text
    for vendor in registry.audience_vendors:
        assert vendor.name in page.text
    assert "legitimate interest" in page.text


def test_it_reads_nobodys_data_and_leaves_no_entry(sign_in_staff, database):
    with database.session() as session:
        make_account(session, "aino@example.com", company="Esimerkki Oy")
        session.commit()
    client = sign_in_staff("privacy_officer")
    with database.session(write=False) as session:
        before = len(session.scalars(select(AuditEntry.id)).all())
    page = client.get("/staff/processing")
    assert "Esimerkki Oy" not in page.text
    with database.session(write=False) as session:
        assert len(session.scalars(select(AuditEntry.id)).all()) == before


def test_the_processors_record_names_controllers_with_what_they_accepted_and_says_who_looked(
    sign_in_staff, database
):
    with database.session() as session:
        make_account(session, "aino@example.com", company="Esimerkki Oy")
        session.commit()
    page = sign_in_staff("privacy_officer").get("/staff/processing/for-others")
    assert page.status_code == 200
    assert "Esimerkki Oy" in page.text
    assert "aino@example.com" in page.text
    assert "None accepted" not in page.text
    with database.session(write=False) as session:
        actions = session.scalars(select(AuditEntry.action)).all()
    assert "controllers.list" in actions


def test_without_controllers_the_page_says_when_one_appears(sign_in_staff):
    page = sign_in_staff("privacy_officer").get("/staff/processing/for-others")
    assert "No controllers yet" in page.text


@pytest.mark.parametrize("path", ["/staff/processing", "/staff/processing/for-others"])
def test_others_do_not_see_the_records(sign_in_staff, path):
    assert sign_in_staff("marketer").get(path).status_code == 403


def test_the_records_are_kept_by_no_cache(sign_in_staff):
    page = sign_in_staff("privacy_officer").get("/staff/processing")
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/staff/processing", "/staff/processing/for-others"])
def test_the_controllers_country_is_in_the_readers_language(sign_in_staff, path):
    client = sign_in_staff("privacy_officer")
    assert "40320 Jyväskylä, Finland" in client.get(path).text
    page = client.get(path, headers={"Accept-Language": "fi"}).text
    assert "40320 Jyväskylä, Suomi" in page
    assert "Jyväskylä, Finland" not in page


def test_the_processors_record_names_the_controllers_of_the_file_and_teaches_where_there_are_none(
    sign_in_staff, settings
):
    client, path = sign_in_staff("privacy_officer"), settings.data / "controllers.toml"
    assert "None beside the accounts" in client.get("/staff/processing/for-others").text
    path.write_text(ENTRY, encoding="utf-8")
    page = client.get("/staff/processing/for-others").text
    assert "Agreement 1/2026" in page
    assert "None beside the accounts" not in page
    path.write_text(ENTRY.replace("since", "begun"), encoding="utf-8")
    assert "controllers.toml, line" in client.get("/staff/processing/for-others").text
