"""The form of signing up: what is refused, beside its field, and who learns nothing by it."""

import re
from dataclasses import replace

import pytest

from clevenio.accounts import signups
from clevenio.consent.notices import signup_notice
from clevenio.people import identifiers
from clevenio.people import operations as people
from clevenio.web import network
from tests.accounts.signup.conftest import EMAIL, GOOD, PATHS
from tests.support.accounts import make_account


@pytest.mark.parametrize(
    ("field", "value", "english", "finnish"),
    [
        ("email", "", "Type an e-mail address.", "Kirjoita sähköpostiosoite."),
        ("email", "maija@", "It looks like name@example.com.", "Tämä ei ole kokonainen sähköpostiosoite."),
        ("email", "a@example.com\r\nBcc: b@example.com", "no control characters", "ohjausmerkkejä"),
        ("first_name", " ", "Type your first name.", "Kirjoita etunimesi."),
        ("last_name", "", "Type your last name.", "Kirjoita sukunimesi."),
        ("last_name", "1234", "A name has at least one letter.", "Nimessä on ainakin yksi kirjain."),
        ("company", "", "Type the name of the company.", "Kirjoita yrityksen nimi."),
        ("website", "ftp://example.fi", "", ""),
        ("website", "example.fi/" + "a" * 300, "300", "300"),
        ("role", "", "Choose a role.", "Valitse rooli."),
        ("role", "admin", "This role is not known.", ""),
        ("phone", "12", "This phone number is not complete.", ""),
        ("password", "", "Choose a password.", "Valitse salasana."),
        ("password", "short", "Use at least 8 characters.", "Käytä vähintään 8 merkkiä."),
        ("password", "salasana1", "the first that anybody tries", "ensimmäisiä, joita kuka tahansa kokeilee"),
        ("password", EMAIL, "not your address", "joka ei ole osoitteesi"),
        ("terms", "", "An account takes accepting the terms.", "Tili edellyttää, että hyväksyt ehdot."),
    ],
)
@pytest.mark.parametrize("language", PATHS)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_bad_input_is_answered_beside_its_field_and_nothing_is_stored(
    client, counts, language, field, value, english, finnish
):
    response = client.post(PATHS[language], data={**GOOD, "newsletter": "yes", field: value})
    assert response.status_code == 422
    beside = response.text.partition(f'id="{field}-error">')[2].partition("</p>")[0]
    assert beside
    assert {"fi": finnish, "en": english}[language] in beside.replace("\xa0", " ")
    for name in GOOD.keys() - {"password", "terms", "role", field}:
        assert f'value="{GOOD[name]}"' in response.text
    assert GOOD["password"] not in response.text
    assert 'name="newsletter" id="box-newsletter" value="yes" checked' in response.text
    assert counts() == (0, 0, 0, 0)


def test_an_empty_form_names_every_field_that_is_needed(client, counts):
    text = client.post("/en/signup", data={}).text
    needed = {"email", "first_name", "last_name", "company", "website", "role", "password", "terms"}
    assert {name for name in (*GOOD, "phone", "role_other") if f'id="{name}-error"' in text} == needed
    assert counts() == (0, 0, 0, 0)


@pytest.mark.parametrize("language", PATHS)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_rule_for_passwords_stands_there_before_it_is_broken_and_after_any_error(client, language):
    rule = {
        "fi": ("Vähintään 8 merkkiä", "Älä käytä osoitettasi", "kuka tahansa kokeilee ensin"),
        "en": ("At least 8 characters", "Not your address", "anybody would try first"),
    }[language]
    answer = client.post(PATHS[language], data={**GOOD, "first_name": ""})
    for page in (client.get(PATHS[language]), answer):
        hint = page.text.partition('id="password-hint">')[2].partition("</p>")[0]
        assert [words for words in rule if words not in hint] == []
    assert {"fi": "Kirjoita se uudelleen", "en": "Type it again"}[language] in answer.text


def test_the_form_ticks_nothing_and_names_platforms_and_data(client):
    text = client.get("/en/signup").text
    assert " checked" not in text
    for one in signup_notice("en").content["purposes"]:
        assert f">{one['wording'].replace(chr(39), '&#39;')}</label>" in text
    assert "Google Ads, Meta" in text
    assert "If you are under 18" in text


def test_a_known_address_gets_the_same_answer_and_another_mail(client, database, mailbox, counts):
    with database.session() as session:
        make_account(session, "Known@example.com")
        session.commit()
    unknown = client.post("/en/signup", data=GOOD)
    known = client.post("/en/signup", data={**GOOD, "email": "known@EXAMPLE.com", "first_name": "Eve"})
    assert (known.status_code, known.location, known.text) == (
        unknown.status_code,
        unknown.location,
        unknown.text,
    )
    drop = ("Content-Length", "Date")
    assert [h for h in known.headers if h[0] not in drop] == [h for h in unknown.headers if h[0] not in drop]
    assert mailbox.newest("Known@example.com")["Subject"] == "You already have an account"
    assert mailbox.newest(EMAIL)["Subject"] == "Verify your address to open your account"
    assert counts() == (1, 1, 1, 2)
    with database.session() as session:
        assert people.find(session, identifiers.address("known@example.com")).first_name == "Aino"


def test_the_same_form_twice_is_one_act(client, counts):
    for _ in range(2):
        assert client.post("/en/signup", data=GOOD).status_code == 303
    assert counts() == (1, 0, 0, 1)


def test_another_password_is_another_act(client, counts):
    for password in (GOOD["password"], "another pass phrase"):
        client.post("/en/signup", data={**GOOD, "password": password})
    assert counts() == (2, 0, 0, 2)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_fields_that_are_not_in_the_form_change_nothing(sign_up, client, person_of):
    client.post(sign_up(id="1", is_staff="1", source="staff", mail_opens="yes", advertising_id="x"))
    person, decided = person_of()
    assert (person.source, person.advertising_id, decided) == ("signup", None, {})


@pytest.mark.parametrize("backend", ["sqlite"])
def test_only_the_role_of_other_has_words_of_its_own(sign_up, client, person_of):
    client.post(sign_up(role="other", role_other="  Puutarhuri "))
    assert person_of()[0].role_other == "Puutarhuri"
    client.post(sign_up(email="b@example.com", role_other="Puutarhuri"))
    assert person_of("b@example.com")[0].role_other is None


def test_somebody_elses_address_is_not_written_to_again_and_again(client, mailbox, counts):
    for number in range(signups.MAILS.most + 2):
        assert client.post("/en/signup", data={**GOOD, "company": f"Oy {number}"}).status_code == 303
    assert len(mailbox.all(EMAIL)) == signups.MAILS.most
    assert counts()[0] == signups.MAILS.most


def test_a_network_that_signs_up_without_end_is_asked_to_wait(client, counts, monkeypatch):
    monkeypatch.setattr(network, "POSTS", replace(network.POSTS, most=1))
    assert client.post("/en/signup", data=GOOD).status_code == 303
    response = client.post("/fi/rekisteroidy", data={**GOOD, "email": "b@example.com"})
    assert response.status_code == 429
    assert "Yritä uudelleen tunnin kuluttua." in response.text
    assert counts()[0] == 1


@pytest.mark.parametrize("language", PATHS)
@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("first_name", "ä" * 101, "100"),
        ("last_name", "ä" * 101, "100"),
        ("company", "Yhtiö " * 40, "200"),
        ("website", f"example.com/{'a' * 400}", "300"),
        ("role_other", "x" * 101, "100"),
        ("email", f"{'a' * 300}@example.com", "254"),
    ],
)
def test_what_is_too_long_is_named_with_its_limit_and_kept_as_typed(
    client, counts, language, field, value, said
):
    typed = {**GOOD, "role": "other", "role_other": "Puutarhuri", field: value}
    page = client.post(PATHS[language], data=typed)
    assert page.status_code == 422
    error = re.search(rf'id="{field}-error">([^<]*)', page.text)[1]
    assert said in error
    for name in ("email", "first_name", "last_name", "company", "website", "role_other"):
        assert f'value="{typed[name]}"' in page.text
    # A browser would cut silently what is pasted beyond such a limit.
    assert "maxlength" not in page.text
    assert counts() == (0, 0, 0, 0)
