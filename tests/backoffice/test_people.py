"""Looking somebody up by their exact address: what each role sees, and what the trail keeps."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.audiences.models import Export, Membership
from clevenio.audit import AuditEntry, subject_hash
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.operations import Message
from clevenio.people import restrictions, suppression
from clevenio.people.addresses import address
from clevenio.people.models import Person
from clevenio.registry import load
from tests.support.accounts import make_account
from tests.support.application import form_token
from tests.support.factories import NOW, grant

PATH = "/staff/people"


@pytest.fixture
def aino(database, settings):
    """Somebody with an account, an inquiry, a choice, and a place in a file; their id."""
    with database.session() as session:
        account = make_account(
            session, "aino@example.com", company="<b>Oy</b>", role="other", role_other="<script>x</script>"
        )
        grant(session, account.person, "newsletter")
        message = Message("Aino <i>E</i>", address("aino@example.com"), "Secret text", "<u>Ab</u>")
        inquiries.send(session, settings, message, "en", NOW)
        export = Export(
            kind="upload",
            state="finished",
            platform="google",
            vendor="google",
            segment="all",
            criteria={},
            actor="command",
            created_at=NOW,
            ledger_position=1,
            notices=[],
            rows=1,
            rejects={},
            files=[],
        )
        session.add(export)
        session.flush()
        member = Membership(
            person_id=account.person_id,
            export_id=export.id,
            has_email=True,
            has_phone=False,
            has_advertising_id=False,
        )
        session.add(member)
        session.commit()
        return account.person_id


@pytest.fixture
def trail(other_session):
    def find():
        with other_session() as session:
            query = select(AuditEntry).where(AuditEntry.action.like("people.%")).order_by(AuditEntry.sequence)
            return [(entry.action, entry.subject, entry.reason) for entry in session.scalars(query)]

    return find


def look(client, email, path="/staff/", **more):
    data = {"email": email, "csrf_token": form_token(client.get(path)), **more}
    return client.post(PATH, data=data)


@pytest.mark.parametrize("typed", ["aino@example.com", " AINO@Example.COM "])
def test_an_exact_address_finds_its_person_and_the_trail_says_why(
    sign_in_staff, aino, trail, settings, typed
):
    client = sign_in_staff("marketer")
    response = look(client, typed)
    assert (response.status_code, response.location) == (303, f"{PATH}/{aino}?why=signup")
    page = client.get(response.location)
    assert page.headers["Cache-Control"] == "no-store"
    assert "Aino Esimerkki" in page.text
    subject = subject_hash(settings.suppression_key, aino)
    assert trail() == [
        ("people.find", subject, "answering signups"),
        ("people.read", subject, "answering signups"),
    ]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ("nobody@example.com", 200, "Nobody has this address"),
        ("aino", 422, "It looks like name@example.com."),
        ("aino@", 422, "It looks like name@example.com."),
        ("%@example.com", 200, "Nobody has this address"),
        ("_ino@example.com", 200, "Nobody has this address"),
        ("", 422, "Type an e-mail address."),
    ],
)
def test_a_part_of_an_address_finds_nobody_and_keeps_what_was_typed(
    sign_in_staff, aino, trail, typed, status, said
):
    response = look(sign_in_staff("marketer"), typed)
    assert response.status_code == status
    assert said in response.text
    assert f'value="{typed}"' in response.text
    # Whoever tries addresses learns something by not finding, too.
    assert trail() == ([("people.find", None, "answering signups")] if status == 200 else [])


@pytest.mark.parametrize("backend", ["sqlite"])
def test_somebody_restricted_is_not_found_and_the_trail_says_who_it_was(
    sign_in_staff, aino, trail, database, settings
):
    with database.session() as session:
        restrictions.restrict(session, "aino@example.com", restrictions.Ground.GUARDIAN, uuid4(), NOW)
        session.commit()
    assert "Nobody has this address" in look(sign_in_staff("marketer"), "aino@example.com").text
    subject = subject_hash(settings.suppression_key, aino)
    assert trail() == [("people.find", subject, "answering signups")]


SECTIONS = {
    "account": "Account</h2>",
    "inquiries": "Inquiries</h2>",
    "choices": "Newsletter and other choices</h2>",
    "audiences": "Audience files</h2>",
    "trail": "in the audit trail</a>",
}


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("support", {"account", "inquiries", "choices"}),
        ("marketer", {"account", "choices", "audiences"}),
        ("privacy_officer", {"account", "inquiries", "choices", "audiences", "trail"}),
        ("administrator", set(SECTIONS)),
    ],
)
def test_each_role_sees_what_its_work_needs(sign_in_staff, aino, role, seen):
    why = {"support": "inquiry", "marketer": "signup"}.get(role, "oversight")
    page = sign_in_staff(role).get(f"{PATH}/{aino}?why={why}").text
    assert {name for name, mark in SECTIONS.items() if mark in page} == seen
    assert "Secret text" not in page
    assert ('href="/staff/inquiries/' in page) == (role in ("support", "administrator"))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_whatever_people_typed_is_shown_as_text(sign_in_staff, aino):
    page = sign_in_staff("administrator").get(f"{PATH}/{aino}?why=inquiry").text
    for typed in ("<b>Oy</b>", "<script>x</script>", "<u>Ab</u>"):
        assert typed not in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page


@pytest.mark.parametrize("backend", ["sqlite"])
def test_whoever_may_have_several_reasons_says_which(sign_in_staff, aino, trail):
    client = sign_in_staff("privacy_officer")
    asked = look(client, "aino@example.com")
    assert asked.status_code == 200
    assert "Say why you look for this person" in asked.text
    assert "Please check the following" not in asked.text
    assert 'value="aino@example.com"' in asked.text
    refused = look(client, "aino@example.com", reason="")
    assert refused.status_code == 422
    assert "Say why you look. The audit trail keeps it." in refused.text
    assert 'value="aino@example.com"' in refused.text
    assert trail() == []
    assert look(client, "aino@example.com", reason="request").location.endswith("?why=request")
    assert trail()[0][2] == "handling a request about rights"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_address_that_is_none_is_said_before_the_reason_is_asked(sign_in_staff, trail):
    refused = look(sign_in_staff("privacy_officer"), "aino@")
    assert refused.status_code == 422
    assert "It looks like name@example.com." in refused.text
    assert "Say why you look" not in refused.text
    assert trail() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_reason_of_another_role_is_none(sign_in_staff, aino, trail):
    assert look(sign_in_staff("marketer"), "aino@example.com", reason="request").status_code == 422
    client = sign_in_staff("support")
    for why in ("?why=request", "?why=", ""):
        response = client.get(f"{PATH}/{aino}{why}")
        assert (response.status_code, response.location) == (303, PATH)
    assert trail() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_whoever_has_but_one_reason_needs_not_say_it(sign_in_staff, aino, trail):
    assert sign_in_staff("marketer").get(f"{PATH}/{aino}").status_code == 200
    assert trail()[-1][2] == "answering signups"


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("why", ["", "?why=", "?why=inquiry", "?why=nonsense"])
def test_whoever_opens_a_page_without_a_reason_of_theirs_is_asked(sign_in_staff, aino, trail, why):
    client = sign_in_staff("privacy_officer")
    asked = client.get(f"{PATH}/{aino}{why}", follow_redirects=True)
    assert "Why you look" in asked.text
    assert "Esimerkki" not in asked.text
    assert trail() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_somebody_who_only_wrote_to_us_is_found_too(sign_in_staff, database, settings):
    with database.session() as session:
        message = Message("Matti Keksitty", address("matti@example.com"), "Hello", None)
        inquiries.send(session, settings, message, "en", NOW)
        session.commit()
    client = sign_in_staff("privacy_officer")
    page = client.get(look(client, "matti@example.com", reason="request").location).text
    assert "Matti Keksitty" in page
    assert "No account." in page


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_id_that_is_nobodys_leaves_no_entry(sign_in_staff, trail):
    client = sign_in_staff("support")
    assert client.get(f"{PATH}/4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa?why=inquiry").status_code == 404
    assert client.get(f"{PATH}/1").status_code == 404
    assert trail() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_shell_offers_it_to_those_alone_whose_work_it_is(sign_in_staff, client):
    assert 'role="search"' in sign_in_staff("support").get("/staff/").text
    assert 'role="search"' not in sign_in_staff().get("/staff/").text
    assert 'role="search"' not in client.get("/staff/login").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_address_in_the_address_finds_nobody(sign_in_staff, aino, trail):
    page = sign_in_staff("support").get(f"{PATH}?email=aino@example.com").text
    assert "Esimerkki" not in page
    assert trail() == []


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("language", ["en", "fi"])
def test_what_is_kept_out_of_mail_is_called_by_its_name_and_as_long_as_it_lasts(
    sign_in_staff, aino, database, language
):
    with database.session() as session:
        key = session.get(Person, aino).email_suppression
        for topic in ("mail_opens", "product_news", "surveys"):
            suppression.suppress(session, key, "email", topic, "objection", NOW)
        suppression.lift(session, key, "email", "surveys", "own act", NOW)
        session.commit()
    client = sign_in_staff("marketer")
    headers = {"Accept-Language": language}
    page = client.get(f"{PATH}/{aino}?why=signup", headers=headers).text
    section = page.partition('<h2 id="suppression">')[2].partition("<h2")[0]
    names = [load().purposes[topic].name[language] for topic in ("mail_opens", "product_news")]
    assert ", ".join(sorted(names)) in section
    assert {"en": "Objected to direct marketing", "fi": "Vastusti suoramarkkinointia"}[language] in section
    assert load().purposes["surveys"].name[language] not in section
    assert "mail_opens" not in section
    with database.session() as session:
        suppression.suppress(session, key, "email", suppression.EVERYTHING, "objection", NOW)
        session.commit()
    said = {"en": "until its owner chooses something again.", "fi": "kunnes sen haltija valitsee taas"}
    assert said[language] in client.get(f"{PATH}/{aino}?why=signup", headers=headers).text
