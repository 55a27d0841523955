import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry, subject_hash
from clevenio.inquiries.models import Inquiry
from tests.support.factories import make_person

GOOD = {"name": "Aino Esimerkki", "email": "aino@example.com", "message": "How do I begin?"}


@pytest.fixture
def administrator(sign_in_staff):
    return sign_in_staff("administrator")


@pytest.fixture
def kept(client, settings, administrator):
    """The address of a mail that was kept: the receipt of an inquiry."""
    client.post("/en/contact", data=GOOD)
    folder = settings.data / "mail"
    name = next(path.stem for path in folder.iterdir() if b"aino@example.com" in path.read_bytes())
    return f"/staff/outbox/{name}"


@pytest.fixture
def last_entry(other_session):
    def find():
        with other_session() as session:
            return session.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()

    return find


def test_kept_mail_is_listed_and_read(administrator, kept):
    page = administrator.get("/staff/outbox").text
    assert "We have your message" in page
    assert f'href="{kept}"' in page
    assert "Thank you for writing to us." in administrator.get(kept).text


@pytest.mark.parametrize("part", ["", "/html", "/source"])
def test_reading_a_mail_is_an_entry_that_names_its_reader(
    administrator, kept, last_entry, database, settings, part
):
    with database.session() as session:
        person = make_person(session, "aino@example.com")
        session.commit()
    assert administrator.get(kept + part).status_code == 200
    entry = last_entry()
    assert entry.action == "outbox.read"
    assert entry.subject == subject_hash(settings.suppression_key, person.id)


def test_listing_kept_mail_is_an_entry_that_names_everybody_in_it(
    administrator, kept, last_entry, other_session, settings
):
    with other_session() as session:
        writer = session.scalars(select(Inquiry.subject)).one()
    administrator.get("/staff/outbox")
    assert last_entry().action == "outbox.list"
    assert last_entry().details["subjects"] == [subject_hash(settings.suppression_key, writer)]
    administrator.get(kept)
    assert last_entry().subject == subject_hash(settings.suppression_key, writer)


def test_the_html_part_is_shown_where_it_can_do_nothing(administrator, kept):
    response = administrator.get(f"{kept}/html")
    policy = response.headers["Content-Security-Policy"]
    assert policy.endswith("; sandbox")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert " style=" not in response.text


def test_the_source_is_a_download_under_our_own_name(administrator, kept):
    response = administrator.get(f"{kept}/source")
    assert response.headers["Content-Disposition"] == 'attachment; filename="mail.eml"'
    assert b"\r\nTo: aino@example.com\r\n" in response.data


@pytest.mark.parametrize("name", ["..%2Fkeys%2Fsecret_keys", "nothing", ".."])
def test_nothing_but_kept_mail_can_be_opened(administrator, kept, name):
    assert administrator.get(f"/staff/outbox/{name}").status_code == 404


class TestWithRelay:
    @pytest.fixture
    def extra_settings(self):
        return {"SMTP_URL": "smtp://localhost:2525"}

    @pytest.mark.parametrize("path", ["/staff/outbox", "/staff/outbox/x", "/staff/outbox/x/html"])
    def test_the_page_does_not_exist(self, administrator, path):
        assert administrator.get(path).status_code == 404

    def test_nothing_leads_there(self, administrator):
        assert "/staff/outbox" not in administrator.get("/staff/").text
